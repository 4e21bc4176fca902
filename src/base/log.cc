#include "base/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <mutex>

namespace salvor {

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: return "error";
  }
  return "error";
}

namespace {

// Backslash escapes for what would break a line or a quoted value; the rest, UTF-8 included, stays readable.
void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          static constexpr char kDigits[] = "0123456789abcdef";
          out += "\\u00";
          out += kDigits[(c >> 4) & 15];
          out += kDigits[c & 15];
        } else {
          out += c;
        }
    }
  }
}

bool needs_quotes(std::string_view value) {
  if (value.empty()) return true;
  for (const char c : value) {
    if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) return true;
  }
  return false;
}

void append_logfmt(std::string& out, std::string_view key, std::string_view value) {
  if (!out.empty()) out += ' ';
  out += key;
  out += '=';
  const bool quoted = needs_quotes(value);
  if (quoted) out += '"';
  append_escaped(out, value);
  if (quoted) out += '"';
}

void append_json(std::string& out, std::string_view key, std::string_view value) {
  out += out.empty() ? "{\"" : ",\"";
  append_escaped(out, key);
  out += "\":\"";
  append_escaped(out, value);
  out += '"';
}

using AppendField = void (*)(std::string&, std::string_view, std::string_view);

std::string format(const LogRecord& record, AppendField append_field) {
  std::string out;
  append_field(out, "time", format_rfc3339(record.time));
  append_field(out, "level", to_string(record.level));
  append_field(out, "msg", record.message);
  for (const LogField* field : record.fields) append_field(out, field->key, field->value);
  return out;
}

std::string format(const LogRecord& record, LogFormat format) {
  return format == LogFormat::json ? format_json(record) : format_logfmt(record);
}

class StderrSink final : public LogSink {
 public:
  StderrSink(LogFormat format, LogLevel level)
      : format_(format), level_(level), logger_("salvor", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_pattern("%v");
    logger_.flush_on(spdlog::level::trace);
  }
  void write(const LogRecord& record) override {
    if (record.level >= level_) logger_.info(format(record, format_));
  }

 private:
  const LogFormat format_;
  const LogLevel level_;
  spdlog::logger logger_;
};

class LineSink final : public LogSink {
 public:
  LineSink(LogFormat format, LogLevel level, std::function<void(std::string_view)> line)
      : format_(format), level_(level), line_(std::move(line)) {}
  void write(const LogRecord& record) override {
    if (record.level < level_) return;
    const std::string text = format(record, format_);
    std::lock_guard hold(mutex_);
    line_(text);
  }

 private:
  const LogFormat format_;
  const LogLevel level_;
  std::mutex mutex_;
  std::function<void(std::string_view)> line_;
};

}  // namespace

std::string format_logfmt(const LogRecord& record) { return format(record, append_logfmt); }
std::string format_json(const LogRecord& record) { return format(record, append_json) + '}'; }

std::shared_ptr<LogSink> stderr_sink(LogFormat format, LogLevel level) {
  return std::make_shared<StderrSink>(format, level);
}

std::shared_ptr<LogSink> line_sink(LogFormat format, LogLevel level, std::function<void(std::string_view)> line) {
  return std::make_shared<LineSink>(format, level, std::move(line));
}

Log::Log(Clock& clock, std::shared_ptr<LogSink> sink) : clock_(&clock), sinks_{std::move(sink)} {}

Log Log::none() { return {}; }

Log Log::with(std::initializer_list<LogField> fields) const {
  Log copy = *this;
  copy.bound_.insert(copy.bound_.end(), fields.begin(), fields.end());
  return copy;
}

Log Log::tee(std::shared_ptr<LogSink> second) const {
  Log copy = *this;
  copy.sinks_.push_back(std::move(second));
  return copy;
}

void Log::write(LogLevel level, std::string_view message, Fields fields) const {
  if (sinks_.empty()) return;
  LogRecord record{clock_->now(), level, message, {}};
  for (const LogField& field : fields) record.fields.push_back(&field);
  for (const LogField& field : bound_) record.fields.push_back(&field);
  for (const auto& sink : sinks_) sink->write(record);
}

}  // namespace salvor
