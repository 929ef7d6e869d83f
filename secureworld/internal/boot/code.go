package boot

import (
	"os"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
)

// code is machine code that a kernel made of its applications before its sandbox
// closed, for the next kernel of the same program. It is in a sealed memory file, which
// boot too can neither change nor reads, and ends with boot.
type code struct {
	kernel [32]byte // digest of the program that made it
	digest [32]byte
	file   *os.File // nil: none
}

func (c *code) keep(kernel, digest [32]byte, file *os.File) {
	c.drop()
	*c = code{kernel, digest, file}
}

func (c *code) drop() {
	if c.file != nil {
		_ = c.file.Close()
	}
	*c = code{}
}

// provideCode hands it over to a kernel that runs applications.
func (b *Boot) provideCode(link *handover.Boot, confine handover.Confine) error {
	if b.code.file == nil || confine.SelfTest || b.code.kernel != b.keeper.Now().Digest {
		return nil
	}
	return link.Send(handover.Compiled{SHA256: b.code.digest}, b.code.file)
}
