// ForwardingStorage: what every wrapper begins with. It owns another Storage and passes every call on to it; a wrapper
// overrides what it changes. Streams of the inner storage live inside those of the wrapper and must not outlive it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/storage.h"

namespace salvor::store {

class ForwardingStorage : public Storage {
 public:
  explicit ForwardingStorage(std::unique_ptr<Storage> inner) : inner_(std::move(inner)) { CHECK(inner_ != nullptr); }

  std::string describe() const override { return inner_->describe(); }
  Result<std::unique_ptr<WriteStream>> create(const std::string& key, Exists exists, std::stop_token stop) override {
    return inner_->create(key, exists, std::move(stop));
  }
  Result<std::unique_ptr<ReadStream>> open(const std::string& key, ByteRange range, std::stop_token stop) override {
    return inner_->open(key, range, std::move(stop));
  }
  Result<Entry> stat(const std::string& key, std::stop_token stop) override {
    return inner_->stat(key, std::move(stop));
  }
  Result<> list(const std::string& prefix, const std::function<Result<>(const Entry&)>& visit,
                std::stop_token stop) override {
    return inner_->list(prefix, visit, std::move(stop));
  }
  Result<> list_directories(const std::string& prefix, const std::function<Result<>(std::string_view)>& visit,
                            std::stop_token stop) override {
    return inner_->list_directories(prefix, visit, std::move(stop));
  }
  Result<> remove(const std::string& key, std::stop_token stop) override {
    return inner_->remove(key, std::move(stop));
  }
  Result<std::optional<std::uint64_t>> free_space(std::stop_token stop) override {
    return inner_->free_space(std::move(stop));
  }
  Result<> retain_new(const Retention& retention, std::vector<std::string> beginnings) override {
    return inner_->retain_new(retention, std::move(beginnings));
  }
  Result<> retain(const std::string& key, const Retention& retention, std::stop_token stop) override {
    return inner_->retain(key, retention, std::move(stop));
  }
  Result<Capabilities> capabilities(std::stop_token stop) override { return inner_->capabilities(std::move(stop)); }
  Result<std::optional<Time>> server_time(std::stop_token stop) override {
    return inner_->server_time(std::move(stop));
  }
  Result<std::vector<Right>> excess_rights(const std::string& prefix, std::stop_token stop) override {
    return inner_->excess_rights(prefix, std::move(stop));
  }
  Result<std::vector<Threat>> threats(const std::string& prefix, std::stop_token stop) override {
    return inner_->threats(prefix, std::move(stop));
  }
  Result<> clear_leftovers(const std::function<bool(const Leftover&)>& take, std::stop_token stop) override {
    return inner_->clear_leftovers(take, std::move(stop));
  }
  Result<> undelete(const std::string& prefix, const std::function<bool(const Removed&)>& take,
                    std::stop_token stop) override {
    return inner_->undelete(prefix, take, std::move(stop));
  }

 protected:
  Storage& inner() { return *inner_; }
  const Storage& inner() const { return *inner_; }

 private:
  const std::unique_ptr<Storage> inner_;
};

}  // namespace salvor::store
