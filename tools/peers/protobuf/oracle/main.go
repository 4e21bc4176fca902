// protobuf-oracle makes random objects of every built-in kind and prints both of their forms, as Kubernetes' own code
// writes them: one line for each, {"kind":"apps/v1 Deployment","protobuf":"BASE64","json":"..."}.
//
//	protobuf-oracle SEED ROUNDS
//
// The JSON is that of the object read back from protobuf, which is what an API server has in its hand after it read etcd.
package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"reflect"
	"sort"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "protobuf-oracle:", err)
		os.Exit(1)
	}
}

var texts = []string{"", "", "web", "team-1", "ünïcödé ☸ 漢字", `"quoted" \ back`, "<a href=\"x\">&amp;</a>", "line\nbreak\ttab\r\b\f",
	"\x00\x01\x1f\x7f", "\u2028 and \u2029", "cut \xe2\x80", "\xff\xfe", "\xed\xa0\x80", "😀", "a/b.c_d~e"}
var quantities = []string{"0", "1", "250m", "1Gi", "1500Mi", "2k", "100n", "0.5", "1e3", "-1", "12345678901234567890", "4.2Ti"}
var documents = []string{`{"f:metadata":{"f:labels":{".":{},"f:app":{}}}}`, "{ \"a\" : [ 1 , 2.50 , null ] ,\n\t\"b\\\" c\" : \"x  y <&> \u2028\" }",
	`{}`, `[]`, `{"apiVersion":"x/v1","kind":"Y","n":1e400}`}

type maker struct{ *rand.Rand }

func (m maker) bytes() []byte {
	if m.Intn(4) == 0 {
		return []byte{}
	}
	b := make([]byte, m.Intn(40))
	m.Read(b)
	return b
}

func (m maker) integer() int64 {
	switch m.Intn(5) {
	case 0:
		return 0
	case 1:
		return int64(m.Intn(100))
	case 2:
		return -int64(m.Intn(100))
	}
	return int64(m.Uint64())
}

func (m maker) moment() time.Time {
	switch m.Intn(5) {
	case 0:
		return time.Time{}
	case 1:
		return time.Unix(0, 0)
	}
	return time.Unix(m.Int63n(253402300800+62135596800)-62135596800, m.Int63n(1e9))
}

// special fills the types that write themselves.
func (m maker) special(v reflect.Value) bool {
	switch p := v.Addr().Interface().(type) {
	case *metav1.Time:
		p.Time = m.moment()
	case *metav1.MicroTime:
		p.Time = m.moment()
	case *resource.Quantity:
		*p = resource.MustParse(quantities[m.Intn(len(quantities))])
	case *intstr.IntOrString:
		if *p = intstr.FromInt32(int32(m.integer())); m.Intn(2) == 0 {
			*p = intstr.FromString(texts[m.Intn(len(texts))])
		}
	case *runtime.RawExtension:
		if m.Intn(4) > 0 {
			p.Raw = []byte(documents[m.Intn(len(documents))])
		}
	case *metav1.FieldsV1:
		if m.Intn(4) > 0 {
			p.Raw = []byte(documents[m.Intn(len(documents))])
		}
	case *metav1.TypeMeta:
	default:
		return false
	}
	return true
}

// full: how likely a part that may be absent is there, so that deep objects stay of a size.
func (m maker) fill(v reflect.Value, full float64) {
	if m.special(v) {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(texts[m.Intn(len(texts))])
	case reflect.Bool:
		v.SetBool(m.Intn(2) == 0)
	case reflect.Int32, reflect.Int64:
		v.SetInt(m.integer())
		if v.Kind() == reflect.Int32 {
			v.SetInt(int64(int32(v.Int())))
		}
	case reflect.Pointer:
		if m.Float64() < full {
			v.Set(reflect.New(v.Type().Elem()))
			m.fill(v.Elem(), full*0.85)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			if m.Intn(3) > 0 {
				v.SetBytes(m.bytes())
			}
			return
		}
		if m.Float64() < full {
			v.Set(reflect.MakeSlice(v.Type(), m.Intn(3), 3))
			for i := range v.Len() {
				m.fill(v.Index(i), full*0.85)
			}
		}
	case reflect.Map:
		if m.Float64() < full {
			v.Set(reflect.MakeMap(v.Type()))
			for range m.Intn(4) {
				key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
				m.fill(key, full)
				m.fill(value, full*0.85)
				v.SetMapIndex(key, value)
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			m.fill(v.Field(i), full)
		}
	default:
		check(fmt.Errorf("no values of %s are made", v.Type()))
	}
}

type wire interface {
	Marshal() ([]byte, error)
	Unmarshal([]byte) error
}

// kinds that are stored: they have both forms and an ObjectMeta.
func kinds() []schema.GroupVersionKind {
	var result []schema.GroupVersionKind
	for kind, t := range scheme.Scheme.AllKnownTypes() {
		_, isWire := reflect.New(t).Interface().(wire)
		meta, hasMeta := t.FieldByName("ObjectMeta")
		if isWire && hasMeta && meta.Anonymous && kind.Version != runtime.APIVersionInternal {
			result = append(result, kind)
		}
	}
	sort.Slice(result, func(i, j int) bool { return result[i].String() < result[j].String() })
	return result
}

func main() {
	seed, err := strconv.ParseInt(os.Args[1], 10, 64)
	check(err)
	rounds, err := strconv.Atoi(os.Args[2])
	check(err)
	m := maker{rand.New(rand.NewSource(seed))}
	out := json.NewEncoder(os.Stdout)
	for range rounds {
		for _, kind := range kinds() {
			made, err := scheme.Scheme.New(kind)
			check(err)
			m.fill(reflect.ValueOf(made).Elem(), m.Float64())
			bytes, err := made.(wire).Marshal()
			check(err)
			read, err := scheme.Scheme.New(kind)
			check(err)
			check(read.(wire).Unmarshal(bytes))
			read.GetObjectKind().SetGroupVersionKind(kind)
			text, err := json.Marshal(read)
			check(err)
			version, name := kind.ToAPIVersionAndKind()
			check(out.Encode(map[string]any{"kind": version + " " + name, "protobuf": bytes, "json": string(text)}))
		}
	}
}
