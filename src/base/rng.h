// Rng: the only source of randomness. SystemRng asks the kernel; SeededRng repeats, for tests and reproductions.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "base/bytes.h"

namespace salvor {

class Rng {
 public:
  virtual ~Rng() = default;
  virtual void fill(MutableByteView out) = 0;

  std::uint64_t next();
  // Uniform in [0, bound). Requires: bound > 0.
  std::uint64_t below(std::uint64_t bound);
  // Lower-case hexadecimal, `bytes` bytes worth of it.
  std::string hex(std::size_t bytes);
  // A random (version 4) UUID in its usual form.
  std::string uuid();
};

class SystemRng final : public Rng {
 public:
  void fill(MutableByteView out) override;
};

// Asks another one for some kilobytes at a time, for who needs a few bytes very often: a system call each costs more
// than the rest of sealing a small content. Not thread-safe, but the other one may be shared when it may be.
class BufferedRng final : public Rng {
 public:
  explicit BufferedRng(Rng& from) : from_(&from) {}
  void fill(MutableByteView out) override;

 private:
  Rng* from_;  // must outlive this
  Bytes buffer_;
  std::size_t used_ = 0;
};

// Not thread-safe; give each thread its own.
class SeededRng final : public Rng {
 public:
  explicit SeededRng(std::uint64_t seed) : engine_(seed) {}
  void fill(MutableByteView out) override;

 private:
  std::mt19937_64 engine_;
};

}  // namespace salvor
