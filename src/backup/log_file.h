// LogFile: a log sink that becomes <backup>-logs.gz.
//
// Lines are gathered to blocks, each block a gzip member of the file, so that a long log is never held in memory.
// A write that fails is remembered and returned by finish(); logging itself never fails.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/log.h"
#include "codec/gzip.h"
#include "store/storage.h"

namespace salvor::backup {

class LogFile final : public LogSink {
 public:
  explicit LogFile(std::unique_ptr<store::WriteStream> file);
  void write(const LogRecord& record) override;
  // Makes the file visible. Later records are dropped.
  Result<> finish();

 private:
  Result<> flush();

  std::mutex mutex_;
  std::unique_ptr<store::WriteStream> file_;
  codec::GzipCompressor compressor_{2};
  std::string block_;
  Result<> outcome_;
  bool finished_ = false;
};

}  // namespace salvor::backup
