// FixedCredentials: credentials that were given and never change.
#pragma once

#include <string>

#include "s3/credentials.h"

namespace salvor::s3 {

class FixedCredentials final : public CredentialSource {
 public:
  explicit FixedCredentials(Credentials credentials, std::string shown = "given credentials")
      : credentials_(std::move(credentials)), shown_(std::move(shown)) {}

  Result<Credentials> get(std::stop_token stop) override;
  void forget() override {}
  std::string describe() const override { return shown_; }

 private:
  const Credentials credentials_;
  const std::string shown_;
};

}  // namespace salvor::s3
