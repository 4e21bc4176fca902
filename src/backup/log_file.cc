#include "backup/log_file.h"

namespace salvor::backup {

namespace {
constexpr std::size_t kBlockBytes = 128 << 10;
}

LogFile::LogFile(std::unique_ptr<store::WriteStream> file) : file_(std::move(file)) {}

void LogFile::write(const LogRecord& record) {
  const std::string line = format_logfmt(record);
  std::lock_guard hold(mutex_);
  if (finished_ || !outcome_.ok()) return;
  block_ += line;
  block_ += '\n';
  if (block_.size() >= kBlockBytes) outcome_ = flush();
}

Result<> LogFile::flush() {
  Bytes member;
  compressor_.compress(as_bytes(block_), member);
  block_.clear();
  return file_->write(member);
}

Result<> LogFile::finish() {
  std::lock_guard hold(mutex_);
  CHECK(!finished_);
  finished_ = true;
  if (!outcome_.ok()) return std::move(outcome_).error();
  TRY(flush());
  return file_->commit();
}

}  // namespace salvor::backup
