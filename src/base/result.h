// Result<T>: a value or an Error; Result<> carries success or an Error.
//
// A dropped Result is a compile error (nodiscard). `TRY(expression)` yields the value or returns the Error from the
// enclosing function:
//
//   Result<Config> load(const Path& path) {
//     std::string text = TRY(read_file(path));
//     return parse(text);
//   }
//
// std::expected is absent from g++ 12 in C++20; this is the part of it that the project needs.
#pragma once

#include <type_traits>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/error.h"

namespace salvor {

template <class T = void>
class [[nodiscard]] Result {
  static_assert(!std::is_reference_v<T>, "return a pointer instead");

 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  // Converts from what converts to T, e.g. unique_ptr<Derived> to unique_ptr<Base>.
  template <class U>
    requires(std::is_convertible_v<U &&, T> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
             !std::is_same_v<std::remove_cvref_t<U>, Error> && !std::is_same_v<std::remove_cvref_t<U>, T>)
  Result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}

  explicit operator bool() const { return ok(); }
  bool ok() const { return state_.index() == 0; }

  // Requires: ok().
  T& value() & { return (CHECK(ok()), *std::get_if<0>(&state_)); }
  const T& value() const& { return (CHECK(ok()), *std::get_if<0>(&state_)); }
  T&& value() && { return (CHECK(ok()), std::move(*std::get_if<0>(&state_))); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T value_or(T other) && { return ok() ? std::move(*this).value() : std::move(other); }

  // Requires: !ok().
  const Error& error() const& { return (CHECK(!ok()), *std::get_if<1>(&state_)); }
  Error&& error() && { return (CHECK(!ok()), std::move(*std::get_if<1>(&state_))); }

  // The same result with an outer sentence on its error, if it is one.
  Result context(std::string_view outer) && {
    if (!ok()) return std::move(*this).error().context(outer);
    return std::move(*this);
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  explicit operator bool() const { return ok(); }
  bool ok() const { return !error_.has_value(); }
  void value() const { CHECK(ok()); }

  const Error& error() const& { return (CHECK(!ok()), *error_); }
  Error&& error() && { return (CHECK(!ok()), std::move(*error_)); }

  Result context(std::string_view outer) && {
    if (!ok()) return std::move(*this).error().context(outer);
    return {};
  }

 private:
  std::optional<Error> error_;
};

}  // namespace salvor

// Value of a Result expression, or return its Error from this function.
#define TRY(...)                                              \
  __extension__({                                             \
    auto&& try_result_ = (__VA_ARGS__);                       \
    if (!try_result_.ok()) [[unlikely]]                       \
      return ::salvor::Error(std::move(try_result_).error()); \
    std::move(try_result_).value();                           \
  })
