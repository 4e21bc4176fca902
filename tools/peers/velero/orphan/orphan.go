// Package orphan ends a program whose parent is gone. Velero starts its plugins as children and forgets them when it is
// killed; a test run that is killed must leave nothing behind.
package orphan

import (
	"os"
	"time"
)

// ExitWhenParentIsGone returns at once and watches from the background.
func ExitWhenParentIsGone() {
	parent := os.Getppid()
	go func() {
		for range time.Tick(500 * time.Millisecond) {
			if os.Getppid() != parent {
				os.Exit(1)
			}
		}
	}()
}
