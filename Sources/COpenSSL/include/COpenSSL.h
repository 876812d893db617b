#ifndef CASEWORK_COPENSSL_H
#define CASEWORK_COPENSSL_H

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "casework_tls.h"

#if __has_include("casework_evp.h")
#include "casework_evp.h"
#endif

#endif
