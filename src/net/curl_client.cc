#include "net/curl_client.h"

#include <algorithm>
#include <mutex>

#include "base/guarded.h"
#include "net/curl_exchange.h"
#include "net/libcurl.h"

namespace salvor::net {

std::optional<std::string_view> HttpResponse::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(), [&](const Header& h) { return h.first == name; });
  if (found == headers.end()) return std::nullopt;
  return found->second;
}

// Sessions at rest, and the identity that the next exchanges use.
class CurlClient::Pool {
 public:
  Pool(TlsIdentity identity, std::size_t max_idle)
      : max_idle_(max_idle), state_(State{{}, std::make_shared<const TlsIdentity>(std::move(identity))}) {}

  std::unique_ptr<CurlSession> take() {
    return state_.with([](State& state) {
      std::unique_ptr<CurlSession> session;
      if (state.idle.empty()) {
        session = std::make_unique<CurlSession>();
        session->identity = state.identity;
      } else {
        session = std::move(state.idle.back());
        state.idle.pop_back();
      }
      return session;
    });
  }

  void give_back(std::unique_ptr<CurlSession> session) {
    state_.with([&](State& state) {
      const bool current = session->identity == state.identity;
      if (current && state.idle.size() < max_idle_) state.idle.push_back(std::move(session));
    });  // a session that was not kept closes its connections here, outside the lock
  }

  void set_identity(TlsIdentity identity) {
    std::vector<std::unique_ptr<CurlSession>> outdated;
    state_.with([&](State& state) {
      if (*state.identity == identity) return;
      state.identity = std::make_shared<const TlsIdentity>(std::move(identity));
      outdated.swap(state.idle);
    });
  }

 private:
  struct State {
    std::vector<std::unique_ptr<CurlSession>> idle;
    std::shared_ptr<const TlsIdentity> identity;
  };
  const std::size_t max_idle_;
  Guarded<State> state_;
};

CurlClient::CurlClient(Options options, Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      pool_(std::make_unique<Pool>(options_.identity, options_.max_idle_sessions)) {}

CurlClient::~CurlClient() = default;

Result<HttpResponse> CurlClient::exchange(const HttpRequest& request,
                                          const std::function<void(const HttpResponse&)>& on_head, const BodySink& body,
                                          std::stop_token stop) {
  TRY(load_libcurl());
  std::unique_ptr<CurlSession> session = pool_->take();
  if (!session->multi || !session->easy) return Error(Code::out_of_space, "libcurl has no memory for a session");
  Result<HttpResponse> response =
      CurlExchange(options_, *session->identity, *session, clock_, request, on_head, body).run(stop);
  pool_->give_back(std::move(session));
  return response;
}

void CurlClient::set_identity(TlsIdentity identity) { pool_->set_identity(std::move(identity)); }

}  // namespace salvor::net
