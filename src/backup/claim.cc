#include "backup/claim.h"

#include "backup/layout.h"
#include "os/process_mark.h"

namespace salvor::backup {

namespace {

constexpr std::uint64_t kMaxClaimBytes = 4096;
constexpr int kTries = 3;

Error held(store::Storage& storage, const std::string& name, std::string_view by) {
  return Error(Code::already_exists, "another run is making backup \"" + name + "\" in " + storage.describe() +
                                         (by.empty() ? "" : " on host " + std::string(by)))
      .hint("Wait for it, or choose another name. If that run was killed, `salvor backup delete " + name +
            " --location LOC` clears what it left.");
}

}  // namespace

Claim::Claim(store::Storage& storage, std::string key, std::string content)
    : storage_(&storage), key_(std::move(key)), content_(std::move(content)) {}

Claim::Claim(Claim&& other) noexcept
    : storage_(other.storage_), key_(std::move(other.key_)), content_(std::move(other.content_)) {
  other.storage_ = nullptr;
}

Claim::~Claim() {
  if (storage_ == nullptr || !check({}).ok()) return;
  // A claim that stays is taken over by the next run on this host.
  [[maybe_unused]] const Result<> removed = storage_->remove(key_, {});
}

Result<Claim> Claim::take(store::Storage& storage, const std::string& name, std::stop_token stop, OtherHosts others) {
  const std::string key = BackupKeys(name).claim();
  SystemRng rng;
  const std::string content = TRY(os::ProcessMark::mine()).encode() + rng.uuid() + "\n";
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const Result<> created = store::put(storage, key, as_bytes(content), store::Exists::refuse, stop);
    if (created.ok()) return Claim(storage, key, content);
    if (created.error().code() != Code::already_exists) return created.error().clone();
    const Result<Bytes> there = store::get(storage, key, kMaxClaimBytes, stop);
    if (!there.ok() && there.error().code() == Code::not_found) continue;  // just given back
    if (!there.ok()) return there.error().clone();
    const Result<os::ProcessMark> owner = os::ProcessMark::parse(as_text(*there));
    if (owner.ok()) {
      const os::Fate fate = TRY(os::fate_of(*owner));
      const bool ended = fate == os::Fate::gone || (fate == os::Fate::unknown && others == OtherHosts::ignore);
      if (!ended) return held(storage, name, owner->host);
    }
    TRY(storage.remove(key, stop));
  }
  return held(storage, name, "");
}

Result<> Claim::check(std::stop_token stop) const {
  const Result<Bytes> there = store::get(*storage_, key_, kMaxClaimBytes, stop);
  if (there.ok() && as_text(*there) == content_) return {};
  if (!there.ok() && there.error().code() != Code::not_found) return there.error().clone();
  return Error(Code::conflict, "another run took over while this one made the backup; this one published nothing");
}

}  // namespace salvor::backup
