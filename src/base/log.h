// Log: structured records, written as logfmt or JSON lines.
//
// A Log is handed down, never global. `with` binds fields to every later record ("backup=nightly"), `tee` sends
// records to a second place as well, for the log that is kept inside a backup. Secrets do not belong in records; types
// that hold secrets do not convert to a field.
//
//   log.info("listed", {{"resource", "secrets"}, {"items", count}});
//   time=2026-11-23T06:34:48Z level=info msg=listed resource=secrets items=412
//
// Thread-safe.
#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace salvor {

enum class LogLevel { debug, info, warning, error };
enum class LogFormat { logfmt, json };

std::string_view to_string(LogLevel level);

struct LogField {
  LogField(std::string_view key, std::string_view value) : key(key), value(value) {}
  LogField(std::string_view key, const char* value) : key(key), value(value) {}
  LogField(std::string_view key, const std::string& value) : key(key), value(value) {}
  LogField(std::string_view key, const Error& error) : key(key), value(error.message()) {}
  LogField(std::string_view key, std::integral auto value) : key(key), value(std::to_string(value)) {}
  std::string key;
  std::string value;
};

struct LogRecord {
  Time time;
  LogLevel level;
  std::string_view message;
  std::vector<const LogField*> fields;
};

// One line without its newline.
std::string format_logfmt(const LogRecord& record);
std::string format_json(const LogRecord& record);

class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(const LogRecord& record) = 0;  // called from any thread
};

// Lines to standard error through spdlog, at `level` and above.
std::shared_ptr<LogSink> stderr_sink(LogFormat format, LogLevel level);
// Every formatted record is passed to `line`, one call at a time.
std::shared_ptr<LogSink> line_sink(LogFormat format, LogLevel level, std::function<void(std::string_view)> line);

class Log {
 public:
  Log(Clock& clock, std::shared_ptr<LogSink> sink);

  // Writes nowhere; for tests and callers that do not care.
  static Log none();

  Log with(std::initializer_list<LogField> fields) const;
  Log tee(std::shared_ptr<LogSink> second) const;

  using Fields = std::initializer_list<LogField>;
  void debug(std::string_view message, Fields fields = {}) const { write(LogLevel::debug, message, fields); }
  void info(std::string_view message, Fields fields = {}) const { write(LogLevel::info, message, fields); }
  void warning(std::string_view message, Fields fields = {}) const { write(LogLevel::warning, message, fields); }
  void error(std::string_view message, Fields fields = {}) const { write(LogLevel::error, message, fields); }

 private:
  Log() = default;
  void write(LogLevel level, std::string_view message, Fields fields) const;

  Clock* clock_ = nullptr;
  std::vector<std::shared_ptr<LogSink>> sinks_;
  std::vector<LogField> bound_;
};

}  // namespace salvor
