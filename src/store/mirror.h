// MirrorStorage: one Storage in several places. Writes go to all of them, reads are answered by the first that can.
//
// A write or removal that some places took and some did not is an error that names each place and what it said; what
// was done is not undone, since every copy that exists helps. Who calls again brings the missing ones along.
//
//   open, stat   ask the places in their order. "Not there" and failures alike lead to the next one: a place that was
//                out of reach during a write lacks what others have. not_found is answered when all say so.
//   reading      A stream that fails or ends early goes on in the next place that has the same bytes before that point;
//                they are read there once more and compared (SHA-256), so what is read is never a mixture.
//   list         is answered by one place, the first that can; when it fails half-way the next goes on behind the last
//                name. What only other places hold is not listed: comparing places is the business of a sync.
//   absent-only  is decided by the first place alone. Without it nothing can be created by Exists::refuse.
//   racing       Several writers who replace one key at the same time can leave it different in different places.
#pragma once

#include <vector>

#include "store/storage.h"

namespace salvor::store {

class MirrorStorage final : public Storage {
 public:
  // Requires: at least one place, none of them null. Wrap each in its own RetryingStorage.
  explicit MirrorStorage(std::vector<std::unique_ptr<Storage>> places);

  std::string describe() const override;  // "/mnt/nas + s3://offsite"
  Result<std::unique_ptr<WriteStream>> create(const std::string& key, Exists exists, std::stop_token stop) override;
  Result<std::unique_ptr<ReadStream>> open(const std::string& key, ByteRange range, std::stop_token stop) override;
  Result<Entry> stat(const std::string& key, std::stop_token stop) override;
  Result<> list(const std::string& prefix, const std::function<Result<>(const Entry&)>& visit,
                std::stop_token stop) override;
  Result<> list_directories(const std::string& prefix, const std::function<Result<>(std::string_view)>& visit,
                            std::stop_token stop) override;
  Result<> remove(const std::string& key, std::stop_token stop) override;
  // That of the fullest place.
  Result<std::optional<std::uint64_t>> free_space(std::stop_token stop) override;
  // What every place offers; conditional_put is the first one's.
  Result<Capabilities> capabilities(std::stop_token stop) override;
  Result<std::optional<Time>> server_time(std::stop_token stop) override;
  Result<std::vector<Right>> excess_rights(const std::string& prefix, std::stop_token stop) override;
  Result<std::vector<Threat>> threats(const std::string& prefix, std::stop_token stop) override;
  Result<> clear_leftovers(const std::function<bool(const Leftover&)>& take, std::stop_token stop) override;
  Result<> undelete(const std::string& prefix, const std::function<bool(const Removed&)>& take,
                    std::stop_token stop) override;

 private:
  class Writer;
  class Reader;
  template <class Ask>
  auto first_answer(Ask&& ask) -> decltype(ask(std::declval<Storage&>(), std::size_t{}));
  template <class Name, class List>
  Result<> list_somewhere(const std::function<Result<>(Name)>& visit, List&& list);

  const std::vector<std::unique_ptr<Storage>> places_;
};

}  // namespace salvor::store
