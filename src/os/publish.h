// Publisher: files that appear whole or not at all, and stay.
//
//   write    into ".salvor-tmp-<publisher>-<n>" in the directory where the file will be
//   sync     the file
//   rename   over the final name; or, when an existing file must not be replaced, link(2) to it: of several links to
//            one name exactly one succeeds, on NFS too, where O_EXCL and RENAME_NOREPLACE may be missing
//   sync     the directory and every one above it up to the root, since any of them may be new; only the directory
//            itself when it still is the one (device, inode, time of birth) that was synced so before
//
// On NFS an answer can get lost, and the repeated request then reports that the name is gone or taken though the first
// one did its work. So after an error what counts is what is there: if the final name leads to our file, it is done.
//
// A crash leaves at most a temporary file. It is recognised by its name, kept out of every listing, and removed when
// somebody publishes or removes something in the same directory more than a day after it was last written. Age is
// measured against a file made for the purpose, so both times come from the clock of the file server.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/guarded.h"
#include "base/result.h"
#include "base/rng.h"
#include "os/filesystem.h"

namespace salvor::os {

// Names that are no content: our temporary files, and ".nfs<hex>", where NFS clients keep removed files still open.
bool is_scratch_name(std::string_view name);

class Publisher {
 public:
  // One file on its way. Dropped without commit() it leaves nothing.
  class Draft {
   public:
    ~Draft();
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;

    Result<> write(ByteView bytes);
    // already_exists (Overwrite::no), conflict (the name is a directory), out_of_space, unavailable, ... After an
    // error the old or the new file may be there, each whole. No other call may follow.
    Result<> commit();

   private:
    friend class Publisher;
    Draft(Publisher& publisher, std::string path, std::string temporary, std::unique_ptr<File> file,
          Overwrite overwrite);
    Result<> put_in_place();
    Result<> put_in_place_without_links();
    bool is_in_place();

    Publisher& publisher_;
    const std::string path_, temporary_;
    std::unique_ptr<File> file_;
    const Overwrite overwrite_;
    std::uint64_t size_ = 0;
    bool temporary_left_ = true;
  };

  // `files` must be steady (os/steady_filesystem.h) and outlive this; drafts must not outlive this.
  Publisher(FileSystem& files, Rng& rng);

  // Makes missing directories with mode 0700.
  Result<std::unique_ptr<Draft>> begin(const std::string& path, Overwrite overwrite, unsigned mode = 0600);
  // Durable; succeeds when there is no such file. Removes the directories that become empty by it.
  Result<> remove(const std::string& path);
  // Whether the name is that of another publisher's temporary file.
  bool is_of_another(std::string_view name) const;
  // What the clock of the file system says: the time of a file that is made in `directory` and removed again.
  SysResult<Time> time_of(const std::string& directory);

 private:
  std::string new_temporary(const std::string& directory);
  SysStatus make_directories(const std::string& directory);
  Result<> sync_up(const std::string& directory);
  void remove_empty_directories(std::string directory);
  void sweep_once(const std::string& directory);
  void sweep(const std::string& directory);

  FileSystem& files_;
  const std::string prefix_;  // of the names of our own temporary files
  std::atomic<std::uint64_t> next_{0};
  Guarded<std::set<std::string>> swept_;
  Guarded<std::map<std::string, FileStatus>> durable_;  // directories whose way up to the root was synced
};

}  // namespace salvor::os
