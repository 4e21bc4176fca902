// What an API server seals objects with before it gives them to etcd (apiserver's pkg/storage/value/encrypt), opened:
// AES in two modes and NaCl's secretbox. Nothing here seals; salvor only reads them.
#pragma once

#include <optional>

#include "base/bytes.h"

namespace salvor::crypto {

// AES-CBC with PKCS #7 padding, which authenticates nothing: bytes that were changed may open as other bytes. Nothing
// when the padding is wrong, or when the key has not 16, 24 or 32 or `iv` not 16 bytes.
std::optional<Bytes> open_aes_cbc(ByteView key, ByteView iv, ByteView sealed);
// AES-GCM with a nonce of 12 bytes and the tag behind the text. Nothing when anything was changed, or when the key has
// not 16, 24 or 32 bytes.
std::optional<Bytes> open_aes_gcm(ByteView key, ByteView nonce, ByteView sealed, ByteView associated);
// XSalsa20 and Poly1305, with a key of 32 and a nonce of 24 bytes and the tag before the text (nacl.cr.yp.to).
std::optional<Bytes> open_secretbox(ByteView key, ByteView nonce, ByteView sealed);

}  // namespace salvor::crypto
