/*
 * Preloaded into an OpenSMTPD that is older than OpenSSL 3 and yet was built with it, as Debian 12's.
 *
 * OpenSMTPD marks the public key of a certificate, so that signing goes to the one process that has the
 * private key. It asks for the key with EVP_PKEY_get1_EC_KEY, and since OpenSSL 3 that hands out a copy:
 * the mark is lost, and with it every handshake (github.com/OpenSMTPD/OpenSMTPD/issues/1171). Here the
 * copy becomes the key, as the mended OpenSMTPD does it. Our certificates have EC keys only.
 */
#define _GNU_SOURCE
#define OPENSSL_SUPPRESS_DEPRECATED
#include <dlfcn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

typedef EC_KEY *get_key(EVP_PKEY *);

EC_KEY *EVP_PKEY_get1_EC_KEY(EVP_PKEY *pkey)
{
	get_key *original = (get_key *)dlsym(RTLD_NEXT, "EVP_PKEY_get1_EC_KEY");
	EC_KEY *key = original ? original(pkey) : NULL;

	/* A whole key is the private one, and needs no mark. */
	if (key != NULL && EC_KEY_get0_private_key(key) == NULL && !EVP_PKEY_set1_EC_KEY(pkey, key)) {
		EC_KEY_free(key);
		return NULL;
	}
	return key;
}
