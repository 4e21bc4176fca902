#include "base/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <cstdio>
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

void append_unicode_escape(std::string& out, unsigned value) {
  char text[8];
  std::snprintf(text, sizeof text, "\\u%04x", value);
  out += text;
}

// The length of the UTF-8 character at the start of `text`; 0 when there is none.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xc2 ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
  if (length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Longer than needed, surrogates, and beyond U+10FFFF: all show in the second byte.
  const bool wrong = length > 2 && ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f) ||
                                    (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f));
  return wrong ? 0 : length;
}

// Backslash escapes for what would break a line or a quoted value, or command a terminal (C0, DEL, and C1 such as
// U+009B); bytes that are not UTF-8 become U+FFFD, since a JSON line must be UTF-8. The rest stays readable.
void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const unsigned char c = static_cast<unsigned char>(text[0]);
    if (length == 0) {
      out += "\xef\xbf\xbd";
    } else if (c == '"' || c == '\\') {
      (out += '\\') += text[0];
    } else if (c == '\n' || c == '\r' || c == '\t') {
      (out += '\\') += c == '\n' ? 'n' : c == '\r' ? 'r' : 't';
    } else if (c < 0x20 || c == 0x7f) {
      append_unicode_escape(out, c);
    } else if (c == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0) {
      append_unicode_escape(out, static_cast<unsigned char>(text[1]));
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
}

bool needs_quotes(std::string_view value) {
  const auto plain = [](unsigned char c) { return c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\'; };
  return value.empty() || !std::all_of(value.begin(), value.end(), plain);
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
