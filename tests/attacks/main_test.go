//go:build linux

package attacks

import (
	"fmt"
	"os"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/estate/estatetest"
	"github.com/strongroom-pos/strongroom/internal/estate/pcscbox"
)

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		os.Exit(play(role))
	}
	pcscbox.RunIfChild()
	code := m.Run()
	if err := shared.close(); err != nil {
		fmt.Fprintln(os.Stderr, "stopping the lane:", err)
		code = 1
	}
	estatetest.Remove()
	os.Exit(code)
}
