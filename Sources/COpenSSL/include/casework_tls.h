#ifndef CASEWORK_TLS_H
#define CASEWORK_TLS_H

#include <openssl/ssl.h>

/* OpenSSL macros that Swift cannot import, as functions. */

int casework_tls_context_set_tls13_only(SSL_CTX *context);
long casework_tls_context_set_mode(SSL_CTX *context);
int casework_tls_set_server_name(SSL *ssl, const char *name);
long casework_bio_memory(BIO *bio, const unsigned char **bytes);
int casework_bio_clear(BIO *bio);
void casework_bio_empty_is_retry(BIO *bio);

#endif
