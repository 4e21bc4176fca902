#include "store/read_only.h"

#include "store/stopped.h"

namespace salvor::store {

Error ReadOnlyStorage::refuse(const std::string& doing, const std::string& key) const {
  return Error(Code::denied, doing + " " + key + ": location " + inner().describe() + " was opened for reading only")
      .hint("Use another location, or allow writing to this one in its configuration.");
}

Result<std::unique_ptr<WriteStream>> ReadOnlyStorage::create(const std::string& key, Exists, std::stop_token stop) {
  TRY(check_stop(stop));
  TRY(check_key(key));
  return refuse("write", key);
}

Result<> ReadOnlyStorage::remove(const std::string& key, std::stop_token stop) {
  TRY(check_stop(stop));
  TRY(check_key(key));
  return refuse("remove", key);
}

Result<> ReadOnlyStorage::retain(const std::string& key, const Retention&, std::stop_token stop) {
  TRY(check_stop(stop));
  TRY(check_key(key));
  return refuse("lock", key);
}

Result<std::optional<Time>> ReadOnlyStorage::server_time(std::stop_token stop) {
  return Storage::server_time(std::move(stop));
}

Result<std::vector<Right>> ReadOnlyStorage::excess_rights(const std::string& prefix, std::stop_token stop) {
  return Storage::excess_rights(prefix, std::move(stop));
}

Result<> ReadOnlyStorage::clear_leftovers(const std::function<bool(const Leftover&)>&, std::stop_token stop) {
  TRY(check_stop(stop));
  return refuse("remove", "leftovers");
}

Result<> ReadOnlyStorage::undelete(const std::string& prefix, const std::function<bool(const Removed&)>& take,
                                   std::stop_token stop) {
  std::string wanted;
  TRY(inner().undelete(
      prefix,
      [&](const Removed& one) {
        if (take(one)) wanted = one.key;
        return false;
      },
      stop));
  if (!wanted.empty()) return refuse("bring back", wanted);
  return {};
}

}  // namespace salvor::store
