#ifndef CASEWORK_TLS_H
#define CASEWORK_TLS_H

#include <stddef.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/* What OpenSSL offers as macros only, as functions for Swift. */

/* TLS 1.3 and nothing else. 1 on success. */
int casework_tls_only_13(SSL_CTX *context);

/* Writes may be repeated from another buffer; idle connections give their record buffers back; only certificates
   of the chain file are sent. */
void casework_tls_set_modes(SSL_CTX *context);

/* Names the server in the hello. 1 on success. */
int casework_tls_set_server_name(SSL *ssl, const char *name);

/* An empty memory BIO says "try again", not "end of file". */
void casework_tls_empty_is_retry(BIO *bio);

/* The URI at `index` among the alternative names of a certificate: its bytes (borrowed from `names`) and their
   count, or NULL past the last one. */
const unsigned char *casework_tls_uri(const GENERAL_NAMES *names, int index, size_t *count);

/* The only text of the kind `nid` in a subject, as UTF-8 in a buffer that OPENSSL_free frees, and its length;
   -1 when there is none, or more than one, or it cannot be read. */
int casework_tls_subject_text(const X509 *certificate, int nid, unsigned char **text);

/* Frees what X509_get_ext_d2i or casework_tls_subject_text gave. */
void casework_tls_free_names(GENERAL_NAMES *names);
void casework_tls_free_text(unsigned char *text);

/* NULL when the certificate has no alternative names, or they cannot be read. */
GENERAL_NAMES *casework_tls_names(const X509 *certificate);

#endif
