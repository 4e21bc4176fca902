// velero-server is Velero as released, with two differences that concern the machine and not the backups. Its second
// metrics server, which cannot be configured and listens on port 8080 of every address, stays off: several servers run side
// by side, and only on loopback. And it ends with its parent, as do the plugin processes that it starts from itself.
package main

import (
	"github.com/vmware-tanzu/velero/pkg/cmd"
	"github.com/vmware-tanzu/velero/pkg/cmd/velero"
	"k8s.io/klog/v2"
	"salvor.dev/tools/peers/velero/orphan"
	metrics "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

func main() {
	defer klog.Flush()
	orphan.ExitWhenParentIsGone()
	metrics.DefaultBindAddress = "0"
	cmd.CheckError(velero.NewCommand("velero").Execute())
}
