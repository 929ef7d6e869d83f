package host

import (
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

// scenario is how the issuer stand-in treats a request: as the card's file says, or for a
// card of "by_amount" as the last two digits of the amount do. The second result is DE 39
// where the issuer would have approved. What a card approved offline is not asked for.
func (q *request) scenario(of provisioning.Scenario) (provisioning.Scenario, string) {
	if of != provisioning.ScenarioByAmount {
		return of, ""
	}
	if requestOf(q.message.MTI) == hostspec.MTIAdvice {
		return provisioning.ScenarioApprove, ""
	}
	s := byAmount()[q.amount()%100]
	return s.scenario, s.response
}

// byAmount is the table, by minor units of one major unit; any other amount is approved.
func byAmount() map[int64]struct {
	scenario provisioning.Scenario
	response string
} {
	return map[int64]struct {
		scenario provisioning.Scenario
		response string
	}{
		1:  {scenario: provisioning.ScenarioRefer},
		5:  {scenario: provisioning.ScenarioDecline},
		14: {response: hostspec.ResponseNoCard},
		51: {scenario: provisioning.ScenarioNoFunds},
		54: {response: hostspec.ResponseExpired},
		57: {response: hostspec.ResponseNotPermitted},
		61: {response: hostspec.ResponseLimit},
		65: {response: hostspec.ResponseFrequency},
		91: {response: hostspec.ResponseIssuerDown},
		97: {scenario: provisioning.ScenarioWrongARPC},
		98: {scenario: provisioning.ScenarioSlow},
		99: {scenario: provisioning.ScenarioSilent},
	}
}
