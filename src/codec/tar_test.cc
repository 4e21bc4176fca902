#include "codec/tar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>

#include "base/rng.h"

namespace salvor::codec {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

constexpr std::int64_t kTime = 1'795'000'000;
using Files = std::map<std::string, std::string>;

// Entries by name, directories as "name/" to ""; or "error" to the message.
Files read_tar(ByteView bytes, TarReader::Extent extent = TarReader::Extent::whole) {
  Files files;
  TarReader reader(
      [&](MutableByteView into) -> Result<std::size_t> {
        const std::size_t size = std::min({into.size(), bytes.size(), std::size_t{700}});
        std::memcpy(into.data(), bytes.data(), size);
        bytes = bytes.subspan(size);
        return size;
      },
      extent);
  const auto failed = [&](const Error& error) {
    EXPECT_EQ(error.code(), Code::corrupt);
    files["error"] = error.message();
    return files;
  };
  for (;;) {
    auto entry = reader.next();
    if (!entry.ok()) return failed(entry.error());
    if (!*entry) return files;
    std::string text;
    if (auto read = reader.read(text); !read.ok()) return failed(read.error());
    files[(*entry)->name] = text;
  }
}

Bytes tar_of(const Files& files) {
  Bytes tar;
  for (const auto& [name, text] : files) append_tar_file(tar, name, text, kTime);
  append_tar_end(tar);
  return tar;
}

Files awkward_files() {
  SeededRng rng(41);
  Files files = {{"metadata/version", "1.1.0\n"}, {"empty", ""}, {"block", std::string(512, 'x')}};
  files["größe/ü.json"] = "umlauts";
  files[std::string(100, 'n')] = "a full name field";
  files[std::string(101, 'n')] = "too long, no slash";
  files[std::string(155, 'd') + "/" + std::string(100, 'n')] = "both fields full";
  files[std::string(156, 'd') + "/" + std::string(10, 'n')] = "prefix too long";
  files["d/" + std::string(253, 'n') + ".json"] = "name too long";
  for (int i = 0; i < 50; ++i)
    files[rng.hex(1 + rng.below(120)) + "/" + rng.hex(1 + rng.below(120))] = rng.hex(rng.below(2000));
  return files;
}

// The whole header of a file "a" with 3 bytes, as POSIX.1-2017 lays it out.
TEST(Tar, WritesTheHeaderThatPosixDescribes) {
  Bytes tar;
  append_tar_header(tar, "a", 3, kTime);
  std::string expected(512, '\0');
  const auto put = [&](std::size_t at, std::string_view text) { expected.replace(at, text.size(), text); };
  put(0, "a");
  put(100, "0000755");
  put(108, "0000000");
  put(116, "0000000");
  put(124, "00000000003");
  put(136, "15277303300");
  put(148, std::string_view("006143\0 ", 8));
  put(156, "0");
  put(257, std::string_view("ustar\00000", 8));
  EXPECT_EQ(std::string(as_text(tar)), expected);
}

TEST(Tar, ComesBackWithEveryKindOfName) { EXPECT_EQ(read_tar(tar_of(awkward_files())), awkward_files()); }

// The peers: what they list of our archive, and what we read of theirs.
class TarPeer : public ::testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/salvor-tar-XXXXXX";
    ASSERT_NE(mkdtemp(pattern), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { EXPECT_EQ(run("rm -rf '" + directory_ + "'"), 0); }
  static int run(const std::string& command) { return std::system(command.c_str()); }
  void write(const std::string& name, ByteView bytes) const {
    std::ofstream(directory_ + "/" + name, std::ios::binary) << as_text(bytes);
  }
  std::string read(const std::string& name) const {
    std::ifstream file(directory_ + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string directory_;
};

TEST_F(TarPeer, GnuTarExtractsWhatWeWrite) {
  Files files = awkward_files();
  std::erase_if(files, [](const auto& file) {  // no file system holds a name of more than 255 bytes
    const std::string first = file.first.substr(0, file.first.find('/')),
                      last = file.first.substr(file.first.rfind('/') + 1);
    return std::max(first.size(), last.size()) > 255;
  });
  ASSERT_GT(files.size(), 30U);
  write("ours.tar", tar_of(files));
  ASSERT_EQ(run("cd '" + directory_ + "' && mkdir out && tar -C out -xf ours.tar 2>err"), 0) << read("err");
  EXPECT_EQ(read("err"), "");
  for (const auto& [name, text] : files) {
    EXPECT_EQ(read("out/" + name), text) << name;
  }
}

TEST_F(TarPeer, PythonReadsTheSameNamesModesTimesAndTexts) {
  const Files files = awkward_files();
  write("ours.tar", tar_of(files));
  ASSERT_EQ(
      run("cd '" + directory_ +
          "' && python3 -c \"\n"
          "import tarfile, sys, hashlib\n"
          "out = open('list', 'wb')\n"
          "for m in tarfile.open('ours.tar'):\n"
          "    assert m.isreg() and m.mode == 0o755 and m.uid == 0 and m.gid == 0 and m.mtime == 1795000000, m.name\n"
          "    out.write(m.name.encode() + b'\\\\0' + tarfile.open('ours.tar').extractfile(m).read() + b'\\\\0')\n"
          "\""),
      0);
  std::string expected;
  for (const auto& [name, text] : files) expected.append(name).append(1, '\0').append(text).append(1, '\0');
  EXPECT_EQ(read("list"), expected);
}

TEST_F(TarPeer, WeReadEveryFormatThatPythonWrites) {
  for (const char* format : {"USTAR", "GNU", "PAX"}) {
    const std::string script =
        std::string("import tarfile, io\n") + "t = tarfile.open('theirs.tar', 'w', format=tarfile." + format +
        "_FORMAT)\n"
        "def add(name, text):\n"
        "    i = tarfile.TarInfo(name); i.size = len(text); t.addfile(i, io.BytesIO(text))\n"
        "d = tarfile.TarInfo('folder'); d.type = tarfile.DIRTYPE; t.addfile(d)\n"
        "add('plain', b'text')\n"
        "add('d' * 90 + '/' + 'n' * 90, b'long')\n" +
        (std::string_view(format) == "USTAR" ? ""
                                             : "add('n' * 200, b'longer')\nadd('gr\\u00f6\\u00dfe', b'umlaut')\n") +
        "t.close()\n";
    write("script.py", as_bytes(script));
    ASSERT_EQ(run("cd '" + directory_ + "' && python3 script.py"), 0);
    Files expected = {{"plain", "text"}, {std::string(90, 'd') + "/" + std::string(90, 'n'), "long"}};
    expected[std::string_view(format) == "GNU" ? "folder" : "folder"] = "";
    if (std::string_view(format) != "USTAR") {
      expected[std::string(200, 'n')] = "longer";
      expected["größe"] = "umlaut";
    }
    Files actual = read_tar(as_bytes(read("theirs.tar")));
    if (actual.contains("folder/")) {
      actual.erase("folder/");
      actual["folder"] = "";
    }
    EXPECT_EQ(actual, expected) << format;
  }
}

TEST(TarReader, NoticesEveryTruncation) {
  const Bytes tar = tar_of({{"a", "text"}, {std::string(200, 'n'), "more"}});
  for (std::size_t size = 0; size < tar.size(); ++size) {
    EXPECT_TRUE(read_tar(ByteView(tar).first(size)).contains("error")) << size;
  }
}

TEST(TarReader, TakesAPartOfAnArchiveWithoutItsEnd) {
  Bytes tar;
  append_tar_file(tar, "a", "text", kTime);
  EXPECT_THAT(read_tar(tar, TarReader::Extent::part), ElementsAre(Pair("a", "text")));
  EXPECT_EQ(read_tar(tar)["error"], "tar: the archive ends early");
}

TEST(TarReader, RefusesWhatFollowsTheEnd) {
  Bytes tar = tar_of({{"a", "text"}});
  append(tar, Bytes(512, std::byte{0}));
  EXPECT_FALSE(read_tar(tar).contains("error"));
  append_tar_file(tar, "hidden", "", kTime);
  EXPECT_EQ(read_tar(tar)["error"], "tar: data follows the archive's end");
}

// Changes header fields of a one-entry archive and mends the checksum.
std::string error_after(std::size_t at, std::string_view field) {
  Bytes tar = tar_of({{"name", "text"}});
  std::memcpy(tar.data() + at, field.data(), field.size());
  std::memset(tar.data() + 148, ' ', 8);
  unsigned sum = 0;
  for (std::size_t i = 0; i < 512; ++i) sum += std::to_integer<unsigned>(tar[i]);
  char text[8];
  std::snprintf(text, sizeof text, "%06o", sum);
  std::memcpy(tar.data() + 148, text, 7);
  return read_tar(tar)["error"];
}

TEST(TarReader, RefusesEverythingButFilesAndDirectories) {
  for (const char type : {'1', '2', '3', '4', '6', '7', 'S', 'D', 'M', 'V', 'K', '\xff'}) {
    EXPECT_THAT(error_after(156, std::string_view(&type, 1)), HasSubstr("\"name\" is neither a file nor a directory"))
        << type;
  }
}

TEST(TarReader, RefusesNumbersThatLie) {
  using namespace std::string_view_literals;
  EXPECT_THAT(error_after(124, "99999999999"), HasSubstr("size is not a number"));
  EXPECT_THAT(error_after(124, "-0000000004"), HasSubstr("size is not a number"));
  EXPECT_THAT(error_after(124, "77777777777"), HasSubstr("ends early"));
  EXPECT_THAT(error_after(124, "\x80\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"sv),
              HasSubstr("size is not a number"));
  EXPECT_THAT(error_after(124, "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff"sv), HasSubstr("ends early"));
  EXPECT_THAT(error_after(124, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"sv),
              HasSubstr("size is not a number"));
}

TEST(TarReader, RefusesNamesThatAreNotUtf8) { EXPECT_THAT(error_after(0, "na\xffme"), HasSubstr("not UTF-8")); }

TEST(TarReader, RefusesADamagedHeader) {
  for (std::size_t bit = 0; bit < 512 * 8; ++bit) {
    Bytes tar = tar_of({{"name", "text"}});
    tar[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    // What surrounds the checksum's digits may be a blank or NUL.
    const Files files = read_tar(tar);
    EXPECT_TRUE(files.contains("error") || (bit / 8 >= 148 && bit / 8 < 156 && files == Files{{"name", "text"}}))
        << bit;
  }
}

// One extended header in front of a file.
Files with_extended(char type, std::string_view records) {
  Bytes tar;
  append_tar_file(tar, "x", records, kTime);
  tar[156] = static_cast<std::byte>(type);
  const int sum_change = type - '0';
  unsigned sum = 0;
  std::sscanf(reinterpret_cast<const char*>(tar.data()) + 148, "%o", &sum);
  std::snprintf(reinterpret_cast<char*>(tar.data()) + 148, 7, "%06o", sum + static_cast<unsigned>(sum_change));
  append_tar_file(tar, "plain", "text", kTime);
  append_tar_end(tar);
  return read_tar(tar);
}

TEST(TarReader, ObeysPaxAndGnuNames) {
  EXPECT_THAT(with_extended('x', "17 path=new-name\n"), ElementsAre(Pair("new-name", "text")));
  EXPECT_THAT(with_extended('L', std::string_view("new-name\0", 9)), ElementsAre(Pair("new-name", "text")));
  EXPECT_THAT(with_extended('g', "12 comment=\n"), ElementsAre(Pair("plain", "text")));
  EXPECT_THAT(with_extended('x', "20 mtime=1350244992\n"), ElementsAre(Pair("plain", "text")));
}

TEST(TarReader, RefusesExtendedHeadersThatLie) {
  for (std::string_view records :
       {"", "x", "9999 path=a\n", "5 pat", "0 path=a\n", "3 =\n", "18446744073709551617 path=a\n", "9 path=a\n9",
        "7 path\n", "22 GNU.sparse.major=1\n", "10 size=-1\n", "28 size=99999999999999999999\n", "9 path=\xff\n"}) {
    const Files files = with_extended('x', records);
    if (records.empty()) {
      EXPECT_FALSE(files.contains("error"));
    } else {
      ASSERT_TRUE(files.contains("error")) << records;
      EXPECT_THAT(files.at("error"), StartsWith("tar: "));
    }
  }
  EXPECT_THAT(with_extended('g', "9 path=a\n")["error"], HasSubstr("global header"));
  EXPECT_THAT(with_extended('x', std::string(70'000, 'x'))["error"], HasSubstr("larger than 64 KiB"));
}

}  // namespace
}  // namespace salvor::codec
