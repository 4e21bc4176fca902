// raw measures an API server alone: the fastest that any client could list or create the same objects. It parses
// nothing and keeps nothing, so that what salvor takes beyond it is salvor's own.
//
//	raw list  KUBECONFIG PATH LIMIT json|protobuf
//	                                            one paged LIST; prints {"seconds":..,"bytes":..}
//	raw write KUBECONFIG NAMESPACES COUNT WORKERS SIZE bare|whole
//	                                            creates COUNT Secrets of SIZE bytes over NAMESPACES namespaces: bare, or
//	                                            with the labels and managedFields that a restore gives back
package main

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "raw:", err)
		os.Exit(1)
	}
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	check(err)
	return n
}

// field finds one of the inline values in a kubeconfig as the test harness writes it.
func field(config []byte, name string) []byte {
	found := regexp.MustCompile(name + `: "?([^"\s]+)`).FindSubmatch(config)
	if found == nil {
		check(fmt.Errorf("the kubeconfig has no %s", name))
	}
	return found[1]
}

func decoded(config []byte, name string) []byte {
	value, err := base64.StdEncoding.DecodeString(string(field(config, name)))
	check(err)
	return value
}

type server struct {
	url    string
	client *http.Client
}

func open(path string, connections int) server {
	config, err := os.ReadFile(path)
	check(err)
	pair, err := tls.X509KeyPair(decoded(config, "client-certificate-data"), decoded(config, "client-key-data"))
	check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(decoded(config, "certificate-authority-data"))
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots},
		MaxIdleConnsPerHost: connections,
		DisableCompression:  true,
	}
	return server{string(field(config, "server")), &http.Client{Transport: transport}}
}

// The head of a list holds its continue token; it comes before the items. A token is JSON in base64, whatever the form.
var continueToken = regexp.MustCompile(`eyJ[A-Za-z0-9_=-]+`)

func (s server) list(path string, limit int, form string) (size int) {
	token := ""
	buffer := make([]byte, 1<<20)
	for {
		address := s.url + path + "?limit=" + strconv.Itoa(limit) + "&continue=" + url.QueryEscape(token)
		request, err := http.NewRequest("GET", address, nil)
		check(err)
		request.Header.Set("Accept", form)
		response, err := s.client.Do(request)
		check(err)
		if response.StatusCode != http.StatusOK {
			check(fmt.Errorf("LIST answered %s", response.Status))
		}
		var head []byte
		for {
			n, err := response.Body.Read(buffer)
			if len(head) < 4096 {
				head = append(head, buffer[:min(n, 4096)]...)
			}
			size += n
			if err == io.EOF {
				break
			}
			check(err)
		}
		response.Body.Close()
		found := continueToken.Find(head[:min(len(head), 600)])
		if found == nil {
			return size
		}
		token = string(found)
	}
}

func (s server) post(path string, body []byte) int {
	response, err := s.client.Post(s.url+path, "application/json", bytes.NewReader(body))
	check(err)
	_, err = io.Copy(io.Discard, response.Body)
	check(err)
	response.Body.Close()
	return response.StatusCode
}

// What the API server recorded when a bare Secret was created.
var managedFields = json.RawMessage(`[{"apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{".":{},"f:value":{}},` +
	`"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:type":{}},"manager":"raw","operation":"Update",` +
	`"time":"2026-01-02T03:04:05Z"}]`)

func secret(namespace string, number, size int, whole bool) []byte {
	value := make([]byte, size*3/4)
	_, err := rand.Read(value)
	check(err)
	labels := map[string]string{"app": "bench"}
	metadata := map[string]any{"name": fmt.Sprintf("secret-%06d", number), "namespace": namespace, "labels": labels}
	if whole {
		labels["velero.io/backup-name"], labels["velero.io/restore-name"] = "source", "restore"
		metadata["managedFields"] = managedFields
	}
	body, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata,
		"data": map[string]string{"value": base64.StdEncoding.EncodeToString(value)},
	})
	check(err)
	return body
}

func (s server) write(namespaces, count, workers, size int, whole bool) {
	for i := range namespaces {
		body := fmt.Sprintf(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"bench-%d"}}`, i)
		if status := s.post("/api/v1/namespaces", []byte(body)); status != 201 && status != 409 {
			check(fmt.Errorf("creating a namespace answered %d", status))
		}
	}
	var next atomic.Int64
	var group sync.WaitGroup
	for range workers {
		group.Add(1)
		go func() {
			defer group.Done()
			for {
				n := int(next.Add(1)) - 1
				if n >= count {
					return
				}
				namespace := fmt.Sprintf("bench-%d", n%namespaces)
				if status := s.post("/api/v1/namespaces/"+namespace+"/secrets", secret(namespace, n, size, whole)); status != 201 {
					check(fmt.Errorf("creating a secret answered %d", status))
				}
			}
		}()
	}
	group.Wait()
}

func main() {
	if len(os.Args) < 2 {
		check(fmt.Errorf("say list or write"))
	}
	arguments := os.Args[2:]
	result := map[string]any{}
	begin := time.Now()
	switch {
	case os.Args[1] == "list" && len(arguments) == 4:
		form := map[string]string{"json": "application/json", "protobuf": "application/vnd.kubernetes.protobuf"}[arguments[3]]
		s := open(arguments[0], 1)
		begin = time.Now()
		result["bytes"] = s.list(arguments[1], number(arguments[2]), form)
	case os.Args[1] == "write" && len(arguments) == 6:
		workers := number(arguments[3])
		s := open(arguments[0], workers)
		begin = time.Now()
		s.write(number(arguments[1]), number(arguments[2]), workers, number(arguments[4]), arguments[5] == "whole")
	default:
		check(fmt.Errorf("usage: raw list KUBECONFIG PATH LIMIT json|protobuf | raw write KUBECONFIG NAMESPACES COUNT WORKERS SIZE bare|whole"))
	}
	result["seconds"] = time.Since(begin).Seconds()
	check(json.NewEncoder(os.Stdout).Encode(result))
}
