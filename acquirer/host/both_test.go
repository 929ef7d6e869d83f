package host_test

import (
	"os"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/internal/testdb"
)

// All tests run on both kinds of database.
func TestMain(m *testing.M) { os.Exit(testdb.Both(m)) }
