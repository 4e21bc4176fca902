// kubernetes_schema reads the Go types of Kubernetes' built-in kinds and writes, as C++ tables, what is needed to turn
// their protobuf form into their JSON form: each field's number and JSON name, their order, and when JSON leaves them out.
//
//	kubernetes_schema k8s.io/api=DIRECTORY k8s.io/apimachinery=DIRECTORY >schema.cc
//
// The struct tags say all of it (`json:"spec,omitempty" protobuf:"bytes,2,opt,name=spec"`), so the sources are parsed
// and never compiled. Anything that it does not understand ends it: a guessed table would change what a backup holds.
// src/kube/proto_schema.h says what the tables mean.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"sort"
	"strconv"
	"strings"
)

func fail(format string, words ...any) {
	fmt.Fprintf(os.Stderr, "kubernetes_schema: "+format+"\n", words...)
	os.Exit(1)
}

// goType is a type that a package declares, and the imports of the file it stands in.
type goType struct {
	in      *goPackage
	name    string
	spec    *ast.TypeSpec
	imports map[string]string // the name in this file, and the path
	comment string
}

type goPackage struct {
	path  string
	group string // its GroupName
	types map[string]*goType
}

var modules = map[string]string{} // path of a module, and where it is
var packages = map[string]*goPackage{}

func directoryOf(importPath string) string {
	for module, directory := range modules {
		if importPath == module || strings.HasPrefix(importPath, module+"/") {
			return filepath.Join(directory, strings.TrimPrefix(importPath, module))
		}
	}
	fail("no module was given for %s", importPath)
	return ""
}

func importsOf(file *ast.File) map[string]string {
	imports := map[string]string{}
	for _, spec := range file.Imports {
		where, _ := strconv.Unquote(spec.Path.Value)
		name := path.Base(where)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		imports[name] = where
	}
	return imports
}

func (p *goPackage) read(file *ast.File) {
	imports := importsOf(file)
	for _, declaration := range file.Decls {
		general, ok := declaration.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range general.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				comment := general.Doc.Text() + spec.Doc.Text()
				if general.Doc != nil { // Text() leaves out what looks like a directive
					for _, line := range general.Doc.List {
						comment += line.Text + "\n"
					}
				}
				p.types[spec.Name.Name] = &goType{p, spec.Name.Name, spec, imports, comment}
			case *ast.ValueSpec:
				if spec.Names[0].Name == "GroupName" && len(spec.Values) == 1 {
					p.group, _ = strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				}
			}
		}
	}
}

func load(importPath string) *goPackage {
	if known, ok := packages[importPath]; ok {
		return known
	}
	result := &goPackage{path: importPath, types: map[string]*goType{}}
	packages[importPath] = result
	directory := directoryOf(importPath)
	files, err := os.ReadDir(directory)
	if err != nil {
		fail("%v", err)
	}
	for _, entry := range files {
		name := entry.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "zz_generated") ||
			name == "generated.pb.go" || name == "types_swagger_doc_generated.go" {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(directory, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			fail("%v", err)
		}
		result.read(file)
	}
	return result
}

// Types whose two forms are written by hand in Go; src/kube/proto_values.cc does the same.
var special = map[string]string{
	"k8s.io/apimachinery/pkg/apis/meta/v1.Time":       "time",
	"k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime":  "micro_time",
	"k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1":   "raw_json",
	"k8s.io/apimachinery/pkg/runtime.RawExtension":    "raw_json",
	"k8s.io/apimachinery/pkg/api/resource.Quantity":   "quantity",
	"k8s.io/apimachinery/pkg/util/intstr.IntOrString": "int_or_string",
}

func find(expression ast.Expr, from *goType) *goType {
	switch e := expression.(type) {
	case *ast.Ident:
		return from.in.types[e.Name]
	case *ast.SelectorExpr:
		where, ok := from.imports[e.X.(*ast.Ident).Name]
		if !ok {
			fail("%s: %s is not imported", from.name, e.X)
		}
		return load(where).types[e.Sel.Name]
	}
	return nil
}

// shape is what a field holds: one value, many, or a map from text.
type shape struct {
	kind     string // of proto_schema.h
	message  *goType
	pointer  bool
	repeated bool
	mapped   bool
}

func shapeOf(expression ast.Expr, from *goType) shape {
	switch e := expression.(type) {
	case *ast.StarExpr:
		inner := shapeOf(e.X, from)
		if inner.pointer || inner.repeated || inner.mapped {
			fail("%s.%s: a pointer to that is not understood", from.in.path, from.name)
		}
		inner.pointer = true
		return inner
	case *ast.ArrayType:
		if element, ok := e.Elt.(*ast.Ident); ok && element.Name == "byte" {
			return shape{kind: "bytes"}
		}
		inner := shapeOf(e.Elt, from)
		if inner.repeated || inner.mapped || inner.pointer {
			fail("%s.%s: a list of lists, maps or pointers is not understood", from.in.path, from.name)
		}
		inner.repeated = true
		return inner
	case *ast.MapType:
		inner := shapeOf(e.Value, from)
		if key := shapeOf(e.Key, from); key.kind != "text" || inner.repeated || inner.mapped || inner.pointer {
			fail("%s.%s: such a map is not understood", from.in.path, from.name)
		}
		inner.mapped = true
		return inner
	case *ast.Ident:
		switch e.Name {
		case "string":
			return shape{kind: "text"}
		case "bool":
			return shape{kind: "boolean"}
		case "int32":
			return shape{kind: "int32"}
		case "int64":
			return shape{kind: "int64"}
		}
	}
	declared := find(expression, from)
	if declared == nil {
		fail("%s.%s: a type is not understood", from.in.path, from.name)
	}
	if kind, ok := special[declared.in.path+"."+declared.name]; ok {
		return shape{kind: kind}
	}
	if _, ok := declared.spec.Type.(*ast.StructType); ok {
		return shape{kind: "message", message: declared}
	}
	// A named list that may be absent is a message of its own, with the list in field 1.
	if strings.Contains(declared.comment, "+protobuf.nullable") {
		if inner := shapeOf(declared.spec.Type, declared); !inner.repeated || inner.kind != "text" {
			fail("%s.%s: such a list is not understood", declared.in.path, declared.name)
		}
		return shape{kind: "text_list"}
	}
	return shapeOf(declared.spec.Type, declared)
}

type field struct {
	name                        string
	number                      int
	shape                       shape
	omitempty, omitzero, inline bool
}

type message struct {
	of      *goType
	index   int
	fields  []field
	hasHead bool
}

// losesHeads tells whether an object stands inside this one: protobuf leaves out its apiVersion and kind, JSON does not.
func (m *message) losesHeads(seen map[*message]bool) bool {
	seen[m] = true
	for _, f := range m.fields {
		if f.shape.message == nil || seen[messages[f.shape.message]] {
			continue
		}
		if inner := messages[f.shape.message]; inner.hasHead || inner.losesHeads(seen) {
			return true
		}
	}
	return false
}

var messages = map[*goType]*message{}
var inOrder []*message

// isHead tells of the embedded apiVersion and kind, which protobuf keeps outside of the object.
func isHead(f *ast.Field, from *goType) bool {
	if len(f.Names) != 0 {
		return false
	}
	declared := find(f.Type, from)
	return declared != nil && declared.name == "TypeMeta"
}

func readField(f *ast.Field, from *goType) field {
	tag := reflect.StructTag(strings.Trim(f.Tag.Value, "`"))
	json := strings.Split(tag.Get("json"), ",")
	wire := strings.Split(tag.Get("protobuf"), ",") // only its number: some tags misname type or repetition
	where := from.in.path + "." + from.name + " " + tag.Get("json")
	if len(wire) < 2 {
		fail("%s has no protobuf number", where)
	}
	number, err := strconv.Atoi(wire[1])
	if err != nil || number < 1 || number > 1000 {
		fail("%s has the protobuf number %q", where, wire[1])
	}
	result := field{name: json[0], number: number, shape: shapeOf(f.Type, from)}
	for _, option := range json[1:] {
		switch option {
		case "omitempty":
			result.omitempty = true
		case "omitzero":
			result.omitzero = true
		case "inline":
			result.inline = true
		default:
			fail("%s has the option %q", where, option)
		}
	}
	plain := !result.shape.pointer && !result.shape.repeated && !result.shape.mapped
	if result.inline != (result.name == "") || (result.inline && !(plain && result.shape.kind == "message")) {
		fail("%s is inline and not a message, or has no name", where)
	}
	if result.omitzero && !(plain && result.shape.kind == "time") {
		fail("%s is left out when zero, which is understood for times only", where)
	}
	return result
}

func messageOf(of *goType) *message {
	if known, ok := messages[of]; ok {
		return known
	}
	result := &message{of: of, index: len(inOrder)}
	messages[of] = result
	inOrder = append(inOrder, result)
	for _, f := range of.spec.Type.(*ast.StructType).Fields.List {
		if isHead(f, of) {
			result.hasHead = true
			continue
		}
		if f.Tag == nil {
			fail("%s.%s has a field without tags", of.in.path, of.name)
		}
		result.fields = append(result.fields, readField(f, of))
	}
	for _, f := range result.fields {
		if f.shape.message != nil {
			messageOf(f.shape.message)
		}
	}
	return result
}

// isObject tells the kinds that are stored: they have a head and an ObjectMeta.
func isObject(t *goType) bool {
	structure, ok := t.spec.Type.(*ast.StructType)
	if !ok || len(structure.Fields.List) < 2 || !isHead(structure.Fields.List[0], t) || len(structure.Fields.List[1].Names) != 0 {
		return false
	}
	meta := find(structure.Fields.List[1].Type, t)
	return meta != nil && meta.name == "ObjectMeta"
}

func kinds() map[string]*message {
	result := map[string]*message{}
	versions, err := filepath.Glob(filepath.Join(modules["k8s.io/api"], "*", "*", "generated.proto"))
	if err != nil || len(versions) == 0 {
		fail("%s holds no API versions", modules["k8s.io/api"])
	}
	for _, file := range versions {
		directory := filepath.Dir(file)
		version := filepath.Base(directory)
		declared := load("k8s.io/api/" + filepath.Base(filepath.Dir(directory)) + "/" + version)
		names := []string{}
		for name, t := range declared.types {
			if isObject(t) {
				names = append(names, name)
			}
		}
		sort.Strings(names)
		for _, name := range names {
			apiVersion := version
			if declared.group != "" {
				apiVersion = declared.group + "/" + version
			}
			result[apiVersion+" "+name] = messageOf(declared.types[name])
		}
	}
	return result
}

func write(kinds map[string]*message) {
	keys, numbers := "", []string{}
	keyAt := map[string]int{}
	fmt.Println("// Generated by tools/kubernetes_schema from the types of k8s.io/api. Not to be edited, not to be committed.")
	fmt.Printf("#include \"kube/proto_schema.h\"\n\nnamespace salvor::kube::proto {\n\nconst Field kFields[] = {\n")
	type place struct{ fields, numbers, most int }
	places := []place{}
	fields := 0
	for _, m := range inOrder {
		at := place{fields: fields, numbers: len(numbers)}
		for _, f := range m.fields {
			at.most = max(at.most, f.number)
		}
		byNumber := make([]int, at.most+1)
		for i, f := range m.fields {
			if byNumber[f.number] != 0 || i > 250 {
				fail("%s.%s uses the number %d twice", m.of.in.path, m.of.name, f.number)
			}
			byNumber[f.number] = i + 1
			key := "," + strconv.Quote(f.name) + ":"
			if _, ok := keyAt[key]; !ok {
				keyAt[key] = len(keys)
				keys += key
			}
			flags := "0"
			for flag, is := range map[string]bool{"kPointer": f.shape.pointer, "kRepeated": f.shape.repeated, "kMapped": f.shape.mapped,
				"kOmitEmpty": f.omitempty, "kOmitZero": f.omitzero, "kInline": f.inline} {
				if is {
					flags += " | " + flag
				}
			}
			parts := strings.Split(flags, " | ")
			sort.Strings(parts)
			target := 0
			if f.shape.message != nil {
				target = messages[f.shape.message].index
			}
			fmt.Printf("    {%d, %d, %d, %d, Kind::%s, %s},\n", keyAt[key], len(key), f.number, target, f.shape.kind, strings.Join(parts, " | "))
			fields++
		}
		for _, index := range byNumber {
			numbers = append(numbers, strconv.Itoa(index))
		}
		places = append(places, at)
	}
	fmt.Printf("};\n\nconst Message kMessages[] = {\n")
	for i, m := range inOrder {
		fmt.Printf("    {%d, %d, %d, %d},  // %s %s\n", places[i].fields, len(m.fields), places[i].numbers, places[i].most,
			strings.TrimPrefix(strings.TrimPrefix(m.of.in.path, "k8s.io/"), "apimachinery/pkg/"), m.of.name)
	}
	fmt.Printf("};\n\nconst std::uint8_t kFieldOfNumber[] = {%s};\n\nconst char kKeys[] =\n", strings.Join(numbers, ","))
	for at := 0; at < len(keys); at += 100 {
		fmt.Printf("    %s\n", strconv.Quote(keys[at:min(at+100, len(keys))]))
	}
	fmt.Printf("    ;\n\nconst Root kRoots[] = {\n")
	names := []string{}
	for name := range kinds {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Printf("    {%q, %d, %t},\n", name, kinds[name].index, !kinds[name].losesHeads(map[*message]bool{}))
	}
	fmt.Printf("};\nconst std::size_t kRootCount = %d;\n\n}  // namespace salvor::kube::proto\n", len(names))
}

func main() {
	for _, word := range os.Args[1:] {
		module, directory, ok := strings.Cut(word, "=")
		if !ok {
			fail("%q is not MODULE=DIRECTORY", word)
		}
		modules[module] = directory
	}
	write(kinds())
}
