package httpapi

import "testing"

// The control of a gate that lets both clients of today through.
func TestAClientThatIsNotKnownHasNoScope(t *testing.T) {
	for client, want := range map[string]scopes{clientTill: scopeRefund, clientPage: scopeRefund, "": 0, "another": 0} {
		if scopesOf(client) != want {
			t.Errorf("%q has %v", client, scopesOf(client))
		}
	}
}
