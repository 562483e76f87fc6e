"""Prints an access token for a user: a JSON Web Token (RFC 7519) that is signed with the key in a file, in base64."""
import base64
import hashlib
import hmac
import json
import sys
import time


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


key_file, user = sys.argv[1:]
with open(key_file, "rb") as file:
    key = base64.b64decode(file.read())
header = {"alg": "HS256", "typ": "JWT"}
now = int(time.time())
claims = {"sub": user, "iat": now - 60, "nbf": now - 60, "exp": now + 86400, "scope": "smtp"}
signed = b".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
signature = hmac.new(key, signed, hashlib.sha256).digest()
print((signed + b"." + encoded(signature)).decode())
