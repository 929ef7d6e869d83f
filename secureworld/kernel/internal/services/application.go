package services

import (
	"context"
	"crypto/fips140"
	"encoding/binary"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/tahost"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// Caller is what must be bound to an instance (tahost's Acquire) whose application
// may use the services: nil where it may not.
type Caller interface{ Services() *Session }

// Functions are the kernel's host functions 64 and up, for every application.
func Functions() tahost.HostFunctions {
	all := tahost.HostFunctions{}
	for fn, f := range functions() {
		all[fn] = func(ctx context.Context, mem []byte) (int, int32) {
			caller, ok := tahost.SessionFrom(ctx).(Caller)
			if !ok || caller.Services() == nil {
				return 0, int32(call.CodeNotPermitted)
			}
			n, code := caller.Services().answer(ctx, fn, f, mem)
			return n, int32(code)
		}
	}
	return all
}

// answer copies the request to secret memory, since the answer overwrites it.
func (c *Session) answer(ctx context.Context, fn uint32, f function, mem []byte) (int, call.Code) {
	if len(mem) > call.MaxRequest {
		return 0, call.CodeTooLong
	}
	scratch, code := c.s.borrow(ctx)
	if code != call.OK {
		return 0, code
	}
	defer c.s.giveBack(scratch)
	h, parts, code := call.Parse(fn, scratch[:copy(scratch, mem)])
	if code != call.OK {
		return 0, code
	}
	out, code := f(c, h, parts, mem[:0])
	switch {
	case code != call.OK:
		return 0, code
	case len(out) > cap(mem):
		return 0, call.CodeTooLong
	case len(out) > 0 && &out[0] != &mem[:1][0]:
		copy(mem[:len(out)], out) // it outgrew the memory for a moment, or was made elsewhere
	}
	return len(out), call.OK
}

func (s *Services) borrow(ctx context.Context) ([]byte, call.Code) {
	timer := time.NewTimer(scratchWait)
	defer timer.Stop()
	select {
	case room := <-s.scratch:
		return room, call.OK
	case <-timer.C:
	case <-ctx.Done():
	}
	return nil, call.CodeBusy
}

func (s *Services) giveBack(room []byte) {
	clear(room)
	s.scratch <- room
}

// function does one operation. It appends its answer to dst, which has the
// application's memory as its room.
type function func(c *Session, h call.Head, p [][]byte, dst []byte) ([]byte, call.Code)

func functions() map[uint32]function {
	return map[uint32]function{
		call.FnGenerate: func(c *Session, h call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
			return handle(dst)(c.Generate(request(h, p[0])))
		},
		call.FnImport: func(c *Session, h call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
			return handle(dst)(c.Import(request(h, p[0]), p[1]))
		},
		call.FnFind: func(c *Session, _ call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
			k, code := c.Find(p[0])
			return handle(dst)(k.Handle, code)
		},
		call.FnDescribe: describe,
		call.FnList:     list,
		call.FnDelete: func(c *Session, h call.Head, _ [][]byte, dst []byte) ([]byte, call.Code) {
			return dst, c.Delete(h.Handle)
		},
		call.FnCertificate: func(c *Session, h call.Head, _ [][]byte, dst []byte) ([]byte, call.Code) {
			return appended(dst)(c.Certificate(h.Handle))
		},
		call.FnSeal: func(c *Session, h call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
			return c.Seal(dst, h.Handle, p[0], p[1])
		},
		call.FnOpen: func(c *Session, h call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
			return c.Open(dst, h.Handle, p[0], p[1])
		},
		call.FnSign: func(c *Session, h call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
			return c.Sign(dst, h.Handle, p[0])
		},
		call.FnVerify: func(c *Session, h call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
			return dst, c.Verify(h.Handle, p[0], p[1])
		},
		call.FnMAC: func(c *Session, h call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
			return c.MAC(dst, h.Handle, p[0])
		},
		call.FnVerifyMAC: func(c *Session, h call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
			return dst, c.VerifyMAC(h.Handle, p[0], p[1])
		},
		call.FnDecrypt: func(c *Session, h call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
			return c.Decrypt(dst, h.Handle, p[0], p[1])
		},
		call.FnAgree: func(c *Session, h call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
			return handle(dst)(c.Agree(h.Handle, request(h, nil), string(p[0]), p[1], p[2]))
		},
		call.FnDerive: func(c *Session, h call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
			return handle(dst)(c.Derive(h.Handle, request(h, nil), p[0], p[1]))
		},
		call.FnEncapsulate: encapsulate,
		call.FnDecapsulate: func(c *Session, h call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
			return handle(dst)(c.Decapsulate(h.Handle, request(h, nil), p[0], p[1], p[2]))
		},
		call.FnVerifyWith: func(c *Session, h call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
			return dst, c.VerifyWith(string(p[0]), h.Algorithm, p[1], p[2])
		},
		call.FnEncryptWith: func(c *Session, h call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
			return c.EncryptWith(dst, string(p[0]), h.Algorithm, p[1], p[2])
		},
		call.FnPutCertificate: func(c *Session, h call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
			return dst, c.PutCertificate(p[0], p[1], h.Flags&call.Trusted != 0)
		},
		call.FnGetCertificate: func(c *Session, _ call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
			return appended(dst)(c.GetCertificate(p[0]))
		},
		call.FnDeleteCertificate: func(c *Session, _ call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
			return dst, c.DeleteCertificate(p[0])
		},
		call.FnPutData: func(c *Session, _ call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
			return dst, c.PutData(p[0], p[1])
		},
		call.FnGetData: func(c *Session, _ call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
			return c.GetData(dst, p[0])
		},
		call.FnDeleteData: func(c *Session, _ call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
			return dst, c.DeleteData(p[0])
		},
		call.FnRandom: func(c *Session, h call.Head, _ [][]byte, dst []byte) ([]byte, call.Code) {
			return c.Random(dst, int(min(h.Handle, call.MaxRandom+1)))
		},
		call.FnHash: func(c *Session, h call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
			return c.Hash(dst, h.Algorithm, p[0])
		},
		call.FnReport: report,
	}
}

func request(h call.Head, label []byte) Request {
	return Request{Algorithm: h.Algorithm, Usage: h.Usage, Persistent: h.Flags&call.Persistent != 0, Label: label}
}

func handle(dst []byte) func(uint32, call.Code) ([]byte, call.Code) {
	return func(h uint32, code call.Code) ([]byte, call.Code) {
		return binary.BigEndian.AppendUint32(dst, h), code
	}
}

func appended(dst []byte) func([]byte, call.Code) ([]byte, call.Code) {
	return func(b []byte, code call.Code) ([]byte, call.Code) { return append(dst, b...), code }
}

func describe(c *Session, h call.Head, _ [][]byte, dst []byte) ([]byte, call.Code) {
	k, code := c.Describe(h.Handle)
	flags := byte(0)
	if k.Persistent {
		flags = call.Persistent
	}
	return append(append(dst, byte(k.Algorithm), byte(k.Usage), flags), k.Label...), code
}

func list(c *Session, _ call.Head, _ [][]byte, dst []byte) ([]byte, call.Code) {
	keys, code := c.List()
	for _, k := range keys {
		dst = binary.BigEndian.AppendUint32(dst, k.Handle)
	}
	return dst, code
}

func encapsulate(c *Session, h call.Head, p [][]byte, dst []byte) ([]byte, call.Code) {
	key, ciphertext, code := c.Encapsulate(request(h, nil), string(p[0]), p[1], p[2])
	return append(binary.BigEndian.AppendUint32(dst, key), ciphertext...), code
}

func report(c *Session, _ call.Head, _ [][]byte, dst []byte) ([]byte, call.Code) {
	var all uint8
	if fips140.Enabled() {
		all |= call.ReportEnabled
	}
	if fips140.Enforced() {
		all |= call.ReportEnforced
	}
	for _, l := range c.s.Report() {
		flags := all
		if l.Inside {
			flags |= call.ReportInside
		}
		dst = append(dst, byte(l.Algorithm), flags, 0)
	}
	return dst, call.OK
}
