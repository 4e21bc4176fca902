#include "kube/credentials.h"

#include "base/guarded.h"
#include "codec/base64.h"

namespace salvor::kube {

namespace {

class NoCredentials final : public Authenticator {
 public:
  Result<> authenticate(net::HttpRequest&, std::stop_token) override { return {}; }
  bool refresh_after_unauthorized() override { return false; }
};

class FixedHeader final : public Authenticator {
 public:
  explicit FixedHeader(std::string value) : value_(std::move(value)) {}
  Result<> authenticate(net::HttpRequest& request, std::stop_token) override {
    request.headers.emplace_back("authorization", value_);
    return {};
  }
  bool refresh_after_unauthorized() override { return false; }

 private:
  const std::string value_;
};

std::string without_white_space_around(const std::string& text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

class TokenFile final : public Authenticator {
 public:
  TokenFile(LocalFiles files, std::string path, std::string fallback, Clock& clock)
      : files_(std::move(files)), path_(std::move(path)), clock_(clock), state_(State{std::move(fallback), {}}) {}

  Result<> authenticate(net::HttpRequest& request, std::stop_token) override {
    return state_.with([&](State& state) -> Result<> {
      const Duration now = clock_.monotonic();
      if (!state.read_at || now - *state.read_at >= kPeriod) {
        TRY(read(state));
        state.read_at = now;
      }
      request.headers.emplace_back("authorization", "Bearer " + state.token);
      return {};
    });
  }

  bool refresh_after_unauthorized() override {
    return state_.with([&](State& state) {
      const std::string refused = state.token;
      state.read_at.reset();
      return read(state).ok() && state.token != refused;
    });
  }

 private:
  static constexpr Duration kPeriod = std::chrono::minutes(1);
  struct State {
    std::string token;
    std::optional<Duration> read_at;
  };

  Result<> read(State& state) {
    Result<std::string> text = files_.read(path_);
    std::string token = text.ok() ? without_white_space_around(*text) : std::string();
    if (!token.empty()) {
      state.token = std::move(token);
      return {};
    }
    if (!state.token.empty()) return {};  // the writer may be between two versions
    if (!text.ok()) return std::move(text).error().context("token file");
    return Error(Code::unauthenticated, "token file " + path_ + " is empty");
  }

  const LocalFiles files_;
  const std::string path_;
  Clock& clock_;
  Guarded<State> state_;
};

}  // namespace

std::unique_ptr<Authenticator> no_credentials() { return std::make_unique<NoCredentials>(); }

std::unique_ptr<Authenticator> bearer_token(std::string token) {
  return std::make_unique<FixedHeader>("Bearer " + token);
}

std::unique_ptr<Authenticator> basic_credentials(const std::string& username, const std::string& password) {
  return std::make_unique<FixedHeader>("Basic " + codec::encode_base64(username + ":" + password));
}

std::unique_ptr<Authenticator> token_from_file(LocalFiles files, std::string path, std::string fallback, Clock& clock) {
  return std::make_unique<TokenFile>(std::move(files), std::move(path), std::move(fallback), clock);
}

}  // namespace salvor::kube
