// Console: where a command's output goes, and what is on the other side.
//
// Standard output carries results, standard error carries messages and progress. A write that fails (a full disk, a
// closed pipe) is remembered and ends the run with an error, so that a truncated result never looks complete.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/environment.h"

namespace salvor::cli {

class Console {
 public:
  virtual ~Console() = default;

  void out(std::string_view text) { write(Stream::out, text); }
  void err(std::string_view text) { write(Stream::err, text); }

  virtual bool out_is_terminal() const = 0;
  virtual bool err_is_terminal() const = 0;
  virtual bool in_is_terminal() const = 0;
  // Columns of the terminal, asked anew each time because windows change; 0 when there is none.
  virtual std::size_t columns() const = 0;

  // Whether colour is wanted on standard error: a terminal, no NO_COLOR, and nobody said no.
  bool color() const { return color_; }
  void set_color(bool color) { color_ = color; }

  // The first write to standard output that failed.
  virtual Result<> finish() = 0;

 protected:
  enum class Stream { out, err };
  virtual void write(Stream stream, std::string_view text) = 0;

 private:
  bool color_ = false;
};

// File descriptors 0, 1 and 2.
class SystemConsole final : public Console {
 public:
  explicit SystemConsole(const Environment& environment);
  bool out_is_terminal() const override;
  bool err_is_terminal() const override;
  bool in_is_terminal() const override;
  std::size_t columns() const override;
  Result<> finish() override;

 private:
  void write(Stream stream, std::string_view text) override;
  int failed_with_ = 0;  // errno of the first failed write to standard output
};

// Keeps what is written, for tests.
class CapturedConsole final : public Console {
 public:
  std::string standard_output, standard_error;
  std::size_t width = 0;  // not 0: the streams pose as a terminal of that width

  bool out_is_terminal() const override { return width != 0; }
  bool err_is_terminal() const override { return width != 0; }
  bool in_is_terminal() const override { return width != 0; }
  std::size_t columns() const override { return width; }
  Result<> finish() override { return {}; }

 private:
  void write(Stream stream, std::string_view text) override;
};

}  // namespace salvor::cli
