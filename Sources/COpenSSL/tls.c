#include "casework_tls.h"

int casework_tls_only_13(SSL_CTX *context) {
    return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1;
}

void casework_tls_set_modes(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
}

int casework_tls_set_server_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}

void casework_tls_empty_is_retry(BIO *bio) { BIO_set_mem_eof_return(bio, -1); }

const unsigned char *casework_tls_uri(const GENERAL_NAMES *names, int index, size_t *count) {
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_URI || index-- > 0) continue;
        *count = (size_t)ASN1_STRING_length(name->d.uniformResourceIdentifier);
        return ASN1_STRING_get0_data(name->d.uniformResourceIdentifier);
    }
    return NULL;
}

int casework_tls_subject_text(const X509 *certificate, int nid, unsigned char **text) {
    const X509_NAME *subject = X509_get_subject_name(certificate);
    int index = X509_NAME_get_index_by_NID(subject, nid, -1);
    if (index < 0 || X509_NAME_get_index_by_NID(subject, nid, index) >= 0) return -1;
    return ASN1_STRING_to_UTF8(text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
}

GENERAL_NAMES *casework_tls_names(const X509 *certificate) {
    return X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
}

void casework_tls_free_names(GENERAL_NAMES *names) { GENERAL_NAMES_free(names); }

void casework_tls_free_text(unsigned char *text) { OPENSSL_free(text); }
