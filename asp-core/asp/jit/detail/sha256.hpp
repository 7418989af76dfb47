#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// OpenSSL 3 calls these functions deprecated in favour of EVP. They are used because they touch no
// library state: EVP reads a configuration file at first use (as long as a whole warm start), and
// is torn down at exit while a background thread may still be hashing.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

namespace asp::jit::detail {

/// SHA-256 of a sequence of fields, so encoded that no two sequences look the same.
class Digest {
public:
    Digest() { SHA256_Init(&context_); }

    Digest& raw(std::string_view bytes) {
        SHA256_Update(&context_, bytes.data(), bytes.size());
        return *this;
    }
    /// The length stands first: {"ab", "c"} is not {"a", "bc"}.
    Digest& field(std::string_view bytes) { return number(bytes.size()).raw(bytes); }
    Digest& number(std::uint64_t value) {
        char bytes[8];
        for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (8 * i));
        return raw({bytes, sizeof bytes});
    }

    std::string hexadecimal() {
        unsigned char bytes[SHA256_DIGEST_LENGTH];
        SHA256_Final(bytes, &context_);
        std::string text;
        for (const unsigned char byte : bytes) {
            text += "0123456789abcdef"[byte >> 4U];
            text += "0123456789abcdef"[byte & 15U];
        }
        return text;
    }

private:
    SHA256_CTX context_;
};

inline std::string sha256(std::string_view bytes) {
    return Digest().raw(bytes).hexadecimal();
}

}  // namespace asp::jit::detail
