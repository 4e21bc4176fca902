// Secret: text that must not be seen, such as a token or a password.
//
// It converts to nothing, so it cannot slip into a log field, a message or a stream; whoever needs the text says
// `reveal()`. The memory is wiped before it is freed, and there is one copy unless somebody asks for another.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace salvor::os {

// Overwrites the text, unused capacity included, in a way that the compiler keeps.
void wipe(std::string& text);

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text);
  // Takes the text over and wipes where it was.
  static Secret take(std::string&& text);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  std::string_view reveal() const { return {bytes_.get(), size_}; }
  bool empty() const { return size_ == 0; }
  Secret copy() const { return Secret(reveal()); }
  // In a time that depends on the lengths only.
  bool operator==(const Secret& other) const;

 private:
  std::unique_ptr<char[]> bytes_;  // on the heap: a moved-from std::string may keep a short text inside
  std::size_t size_ = 0;
};

}  // namespace salvor::os
