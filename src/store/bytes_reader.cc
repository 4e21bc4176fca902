#include "store/bytes_reader.h"

#include <algorithm>

#include "store/stopped.h"

namespace salvor::store {

namespace {

class BytesReader final : public ReadStream {
 public:
  BytesReader(std::shared_ptr<const Bytes> bytes, std::string version, ByteView range, std::stop_token stop)
      : bytes_(std::move(bytes)), content_{range.size(), std::move(version)}, rest_(range), stop_(std::move(stop)) {}

  Result<std::size_t> read(MutableByteView into) override {
    TRY(check_stop(stop_));
    const std::size_t count = std::min(into.size(), rest_.size());
    std::copy_n(rest_.begin(), count, into.begin());
    rest_ = rest_.subspan(count);
    return count;
  }
  Content about() const override { return content_; }

 private:
  const std::shared_ptr<const Bytes> bytes_;
  const Content content_;
  ByteView rest_;
  const std::stop_token stop_;
};

}  // namespace

Result<std::unique_ptr<ReadStream>> read_bytes(std::shared_ptr<const Bytes> bytes, std::string version, ByteRange range,
                                               const std::string& name, std::stop_token stop) {
  if (range.offset > bytes->size()) {
    return Error(Code::invalid, name + " has " + std::to_string(bytes->size()) + " bytes, none from byte " +
                                    std::to_string(range.offset) + " on");
  }
  const std::uint64_t length = std::min(range.length.value_or(UINT64_MAX), bytes->size() - range.offset);
  const ByteView part = ByteView(*bytes).subspan(range.offset, length);
  return std::make_unique<BytesReader>(std::move(bytes), std::move(version), part, std::move(stop));
}

}  // namespace salvor::store
