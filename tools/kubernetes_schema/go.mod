// Where the fields of Kubernetes' built-in kinds are read from; see main.go. Their content is pinned by go.sum.
module salvor.dev/tools/kubernetes_schema

go 1.26.0

require (
	k8s.io/api v0.36.3
	k8s.io/apimachinery v0.36.3
)
