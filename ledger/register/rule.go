package register

import (
	"slices"

	"github.com/folkmoot/folkmoot/protocol/record"
)

// rules are all rules in the order of their codes.
var rules = []Rule{
	{"OE1", record.OperationalEngagement, "The community set the agenda, alone or jointly, and raised at least one of the challenges itself.", "Say who set the agenda, and cite a challenge that a community body signed."},
	{"OE2", record.OperationalEngagement, "At least half of the challenges that the decision cites were raised by the community.", "Cite the challenges that the community raised, so that they are at least half."},
	{"OE3", record.OperationalEngagement, "A community body other than the author attests that the agenda was the community's own.", "Ask a community body that has no part in the decision to attest that the agenda was its own."},
	{"NB1", record.NonBindingDeliberation, "At least one challenge was raised by the community before the process opened.", "Cite a challenge of the community, say when the process opened, and publish a decision at the stage \"analyse\" that cites it when a process opens."},
	{"NB2", record.NonBindingDeliberation, "Every body that was asked for something answered in time, with reasons.", "Ask for the answers that are missing, and for reasons where there are none."},
	{"NB3", record.NonBindingDeliberation, "Whatever was accepted comes with a commitment and the date by which it is due.", "Ask for a commitment with a due date to everything that was accepted."},
	{"BD1", record.BindingDeliberation, "A public body whose role is verified gave the author a mandate for this service and place, it was in force and accepted, and it says on what it rests.", "Ask the public body for a mandate that covers the decision and names its basis, publish its acceptance, and cite it."},
	{"BD2", record.BindingDeliberation, "The mandate set the support that is needed before the process opened, and the decision has it.", "State the support and when the process opened; have the threshold set in the mandate, and publish a decision at the stage \"analyse\" that cites the mandate when a process opens."},
	{"BD3", record.BindingDeliberation, "The body that gave the mandate answered everything it was asked with a commitment, in the time that the mandate allows.", "Ask the body that gave the mandate for a commitment with a due date that the mandate allows."},
	{"BD4", record.BindingDeliberation, "The decision tells how people were recruited and helped to take part, who facilitated, and what the minority thought.", "Fill in recruitment, inclusion, facilitation and minority view; \"none\" is an answer."},
	{"BD5", record.BindingDeliberation, "Where the public body used powers that it had reserved, it gave its reasons.", "Ask the public body for its reasons."},
	{"BD6", record.BindingDeliberation, "The mandate rests on more than a political promise.", "Ask for a mandate that rests on a statute, the constitution or a delegation."},
	{"FG1", record.FormalGovernance, "The body states its legal form and an identifier, or names who holds money for it.", "Publish a body record with the legal form and an identifier, or with the fiscal host."},
	{"FG2", record.FormalGovernance, "A public body whose role is verified gave the author a mandate of formal governance, it was in force, and the author accepted it.", "Ask the public body for a mandate of formal governance, publish its acceptance, and cite it."},
	{"FG3", record.FormalGovernance, "The mandate answers every check of formal governance.", "Ask for a revision of the mandate that answers the checks that are missing."},
	{"FG4", record.FormalGovernance, "Finances are disclosed to somebody, and assets that are passed on are locked or go back on failure.", "Settle to whom finances are disclosed, an asset lock, and where assets go on failure."},
	{"G1", "", "Nobody signs both sides; bodies that share a key count as one.", "Have the other side sign with keys of its own."},
	{"G2", "", "An attestation counts only if its signer has no interest and is known without the parties' help.", "Ask a body that has no dealings with the parties to attest it."},
	{"G3", "", "Qualitative measures carry no number, and all others do.", "Revise the outcome: give the numbers, or call the measure qualitative."},
	{"G4", "", "A high grade of evidence has a source, and a named independent evaluator who attests the figures.", "Name the independent evaluator and a source, and ask the evaluator to attest \"figure_checked\"; or lower the grade."},
	{"G5", "", "No actual figure is given for a period that had not ended.", "Revise the outcome when the period is over."},
	{"G6", "", "Adoptions are counted by distinct bodies, without the author, its fiscal host and those that it funds.", "Ask bodies that are independent of the author to publish what they adopted."},
	{"G7", "", "A role counts as verified when the domain of a public body names the body, or when somebody whom this node trusts attests it.", "Publish the body's identifier at the domain of a public body, or ask a body that is known here to attest that the body is who it says."},
	{"G8", "", "Dates are the word of whoever states them, unless citations or a witness prove the order.", "When a process opens, publish a decision at the stage \"analyse\" that cites the mandate and the challenges."},
	{"G9", "", "Owed is what stems from a body's own mandate or commitment; all else is asked, and done is what the asker attests.", "Attest what was received; ask for a mandate where an answer should be owed."},
	{"G10", "", "A mandate that changes later, or a response that is taken back, does not undo what it was.", "Read the versions that the decision cites; a response that was taken back has to be given again."},
}

// Rules lists all rules in the order of their codes.
func Rules() []Rule { return slices.Clone(rules) }

// ruleOf finds a rule by its code.
func ruleOf(code string) Rule {
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.Code == code })
	return rules[i]
}
