#include "config/prices.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "config/config.h"
#include "config/reader.h"

namespace salvor::config {

namespace {

constexpr std::string_view kPriceKeys[] = {"date", "source", "currency", "classes"};
constexpr std::string_view kClassKeys[] = {
    "storageClass", "unit",        "storage",       "retrieval", "egress",        "egressFree",   "egressFreeStored",
    "getRequests",  "minimumDays", "minimumObject", "overhead",  "indexOverhead", "indexStorage", "restoreDelay"};

class PriceReader {
 public:
  explicit PriceReader(const Reader& reader) : reader_(reader) {}

  Result<PriceTable> read() {
    PriceTable table;
    TRY(reader_.members(reader_.root(), {}, kPriceKeys, [&](const std::string& key, const Json& value) -> Result<> {
      if (key == "classes") {
        return reader_.entries(value, {key}, [&](const std::string& name, const Json& one) -> Result<> {
          table.classes.push_back(TRY(price_class(name, one, {key, name})));
          return {};
        });
      }
      (key == "date" ? table.date : key == "source" ? table.source : table.currency) = TRY(reader_.text(value, {key}));
      return {};
    }));
    if (table.classes.empty()) return reader_.error({}, "classes is missing");
    if (table.currency.empty()) return reader_.error({}, "currency is missing");
    return table;
  }

 private:
  Result<PriceClass> price_class(const std::string& name, const Json& value, const Reader::Path& path) {
    PriceClass price;
    price.name = name;
    TRY(reader_.members(value, path, kClassKeys, [&](const std::string& key, const Json& one) {
      return field(price, key, one, below(path, key));
    }));
    return price;
  }

  Result<> field(PriceClass& price, const std::string& key, const Json& value, const Reader::Path& path) {
    if (key == "storageClass" || key == "restoreDelay") {
      (key == "storageClass" ? price.storage_class : price.restore_delay) = TRY(reader_.text(value, path));
    } else if (key == "unit") {
      const std::string unit = TRY(reader_.text(value, path));
      if (unit != "GiB" && unit != "GB") return reader_.error(path, "unit is GiB (2^30 bytes) or GB (10^9 bytes)");
      price.unit = unit == "GiB" ? 1ull << 30 : 1'000'000'000;
    } else if (Money* place = money_of(price, key)) {
      *place = TRY(money(value, path));
    } else if (std::uint64_t* bytes = bytes_of(price, key)) {
      *bytes = TRY(amount(value, path));
    } else {
      (key == "minimumDays" ? price.minimum_days : price.egress_free_stored) = TRY(count(value, path));
    }
    return {};
  }

  static Money* money_of(PriceClass& price, std::string_view key) {
    if (key == "storage") return &price.storage;
    if (key == "retrieval") return &price.retrieval;
    if (key == "egress") return &price.egress;
    if (key == "getRequests") return &price.get_requests;
    return key == "indexStorage" ? &price.index_storage : nullptr;
  }
  static std::uint64_t* bytes_of(PriceClass& price, std::string_view key) {
    if (key == "egressFree") return &price.egress_free;
    if (key == "minimumObject") return &price.minimum_object;
    if (key == "overhead") return &price.overhead;
    return key == "indexOverhead" ? &price.index_overhead : nullptr;
  }

  // A number in YAML comes as the double nearest to what was written; its shortest text is what was written.
  Result<Money> money(const Json& value, const Reader::Path& path) {
    const std::string text = value.is_number_float() ? codec::dump_json(value) : TRY(reader_.scalar(value, path));
    Result<Money> money = parse_money(text);
    if (money.ok()) return money;
    return reader_.error(path, money.error());
  }

  Result<std::uint64_t> amount(const Json& value, const Reader::Path& path) {
    const std::string text = TRY(reader_.scalar(value, path));
    if (text == "0") return std::uint64_t{0};
    Result<std::uint64_t> bytes = parse_rate(text);  // the same units
    if (bytes.ok()) return bytes;
    return reader_.error(path, "\"" + text.substr(0, 40) + "\" is not an amount such as 128KiB");
  }

  Result<std::uint32_t> count(const Json& value, const Reader::Path& path) {
    const std::string text = TRY(reader_.scalar(value, path));
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && number <= 3660) return number;
    return reader_.error(path, path.back() + " must be a whole number up to 3660");
  }

  const Reader& reader_;
};

}  // namespace

const PriceClass* PriceTable::find(std::string_view name) const {
  const auto found =
      std::find_if(classes.begin(), classes.end(), [&](const PriceClass& one) { return one.name == name; });
  return found == classes.end() ? nullptr : &*found;
}

const PriceClass* PriceTable::find_storage_class(std::string_view storage_class) const {
  const auto found = std::find_if(classes.begin(), classes.end(), [&](const PriceClass& one) {
    return !storage_class.empty() && one.storage_class == storage_class;
  });
  return found == classes.end() ? nullptr : &*found;
}

Result<PriceTable> parse_prices(std::string_view text, const std::string& file) {
  const Reader reader = TRY(Reader::parse(text, file));
  return PriceReader(reader).read();
}

}  // namespace salvor::config
