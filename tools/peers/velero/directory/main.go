// velero-plugin-directory gives stock Velero a directory as its object store, so that a stock server and salvor read and
// write the very same files: the object with key K of bucket B is the file ROOT/B/K, nothing more.
//
// An object store has no directories. A prefix exists exactly while an object lies under it, so empty directories are
// neither listed nor left behind, and an object appears whole or not at all (temporary file, then rename).
//
// Config of the BackupStorageLocation: root, the absolute directory that holds the buckets; urlBase, optional, where an
// HTTP server publishes ROOT. A signed URL is urlBase/B/K: nothing is signed, the server is a test's own on loopback.
package main

import (
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/spf13/pflag"
	"github.com/vmware-tanzu/velero/pkg/plugin/framework"
	"salvor.dev/tools/peers/velero/orphan"
)

const temporaryPrefix = ".put-"

type directoryStore struct {
	log     logrus.FieldLogger
	root    string
	urlBase string
}

func main() {
	orphan.ExitWhenParentIsGone()
	framework.NewServer().
		BindFlags(pflag.CommandLine).
		RegisterObjectStore("salvor.dev/directory", func(log logrus.FieldLogger) (any, error) {
			return &directoryStore{log: log}, nil
		}).
		Serve()
}

func (s *directoryStore) Init(config map[string]string) error {
	if err := framework.ValidateObjectStoreConfigKeys(config, "root", "urlBase"); err != nil {
		return err
	}
	if !filepath.IsAbs(config["root"]) {
		return fmt.Errorf("config key root is %q; it must be an absolute directory", config["root"])
	}
	s.root, s.urlBase = config["root"], strings.TrimSuffix(config["urlBase"], "/")
	return nil
}

// path is the one place where a key becomes a file name.
func (s *directoryStore) path(bucket, key string) (string, error) {
	name := filepath.Join(bucket, filepath.FromSlash(key))
	if bucket == "" || !filepath.IsLocal(bucket) || !filepath.IsLocal(name) {
		return "", fmt.Errorf("bucket %q and key %q do not name a file under %s", bucket, key, s.root)
	}
	return filepath.Join(s.root, name), nil
}

func (s *directoryStore) PutObject(bucket, key string, body io.Reader) error {
	target, err := s.path(bucket, key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(target), temporaryPrefix)
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // fails, as it should, once the file has its final name
	if _, err := io.Copy(file, body); err != nil {
		file.Close()
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), target)
}

func (s *directoryStore) ObjectExists(bucket, key string) (bool, error) {
	name, err := s.path(bucket, key)
	if err != nil {
		return false, err
	}
	info, err := os.Stat(name)
	if os.IsNotExist(err) {
		return false, nil
	}
	return err == nil && info.Mode().IsRegular(), err
}

func (s *directoryStore) GetObject(bucket, key string) (io.ReadCloser, error) {
	name, err := s.path(bucket, key)
	if err != nil {
		return nil, err
	}
	return os.Open(name)
}

// ListObjects matches the prefix as text, as object stores do: "backups/a" finds "backups/ab/x" too.
func (s *directoryStore) ListObjects(bucket, prefix string) ([]string, error) {
	base, err := s.path(bucket, "")
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(base); err != nil {
		return nil, err // a missing bucket is an error, not an empty one
	}
	from, err := s.path(bucket, prefix[:strings.LastIndex(prefix, "/")+1])
	if err != nil {
		return nil, err
	}
	var keys []string
	err = filepath.WalkDir(from, func(name string, entry fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil // deleted while we walk, or nothing has this prefix
		}
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), temporaryPrefix) {
			return err
		}
		key, err := filepath.Rel(base, name)
		if key = filepath.ToSlash(key); err == nil && strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
		return err
	})
	return keys, err
}

func (s *directoryStore) ListCommonPrefixes(bucket, prefix, delimiter string) ([]string, error) {
	keys, err := s.ListObjects(bucket, prefix)
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for _, key := range keys {
		if end := strings.Index(key[len(prefix):], delimiter); end >= 0 {
			found[key[:len(prefix)+end+len(delimiter)]] = true
		}
	}
	prefixes := make([]string, 0, len(found))
	for p := range found {
		prefixes = append(prefixes, p)
	}
	sort.Strings(prefixes)
	return prefixes, nil
}

func (s *directoryStore) DeleteObject(bucket, key string) error {
	name, err := s.path(bucket, key)
	if err != nil {
		return err
	}
	if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
		return err
	}
	base := filepath.Join(s.root, bucket)
	for dir := filepath.Dir(name); dir != base; dir = filepath.Dir(dir) {
		if os.Remove(dir) != nil { // not empty: it still holds objects
			break
		}
	}
	return nil
}

func (s *directoryStore) CreateSignedURL(bucket, key string, _ time.Duration) (string, error) {
	if s.urlBase == "" {
		return "", fmt.Errorf("no URL for %s/%s: the location's config has no urlBase", bucket, key)
	}
	return url.JoinPath(s.urlBase, url.PathEscape(bucket), key)
}
