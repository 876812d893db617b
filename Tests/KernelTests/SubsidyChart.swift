/// The transport subsidy's chart, without labels and sources.
let subsidyChart = #"""
    {
      "chart": "transport-subsidy",
      "initial": ["intake"],
      "timers": [{"id": "publicity", "duration": "5wd", "firstDay": "counted"}],
      "states": [
        {
          "id": "intake",
          "transitions": [
            {
              "event": "case.open",
              "by": ["agent"],
              "do": ["recordApplication", "claimPersonYear"],
              "to": ["open"]
            }
          ]
        },
        {
          "id": "open",
          "initial": ["villageCheck"],
          "transitions": [
            {
              "event": "withdraw",
              "by": ["agent"],
              "if": "!In('open/payment')",
              "do": ["withdrawApplication"],
              "to": ["withdrawn"]
            }
          ],
          "states": [
            {
              "id": "villageCheck",
              "tasks": [{"id": "verify", "role": "village", "due": "5wd"}],
              "transitions": [
                {
                  "event": "village.verified",
                  "by": ["village"],
                  "distinctFrom": ["case.open"],
                  "do": [{"start": "publicity"}],
                  "to": ["publicity"]
                },
                {
                  "event": "village.denied",
                  "by": ["village"],
                  "do": ["recordDenial"],
                  "to": ["/rejected"]
                }
              ]
            },
            {
              "id": "publicity",
              "transitions": [
                {"timer": "publicity", "to": ["jointCheck"]},
                {
                  "event": "objection.raised",
                  "by": ["agent"],
                  "do": [{"pause": "publicity"}],
                  "to": ["objectionReview"]
                }
              ]
            },
            {
              "id": "objectionReview",
              "tasks": [{"id": "reviewObjection", "role": "hrss.checker", "due": "10wd"}],
              "transitions": [
                {
                  "event": "objection.dismissed",
                  "by": ["hrss.checker"],
                  "do": [{"resume": "publicity"}],
                  "to": ["publicity"]
                },
                {
                  "event": "objection.upheld",
                  "by": ["hrss.checker"],
                  "do": ["recordDenial", {"stop": "publicity"}],
                  "to": ["/rejected"]
                }
              ]
            },
            {
              "id": "jointCheck",
              "regions": [
                {
                  "id": "employment",
                  "initial": ["pending"],
                  "states": [
                    {
                      "id": "pending",
                      "tasks": [{"id": "checkEmployment", "role": "hrss.checker", "due": "5wd"}],
                      "transitions": [
                        {
                          "event": "employment.confirmed",
                          "by": ["hrss.checker"],
                          "if": "isOutOfProvince && isLongEnough",
                          "to": ["confirmed"]
                        },
                        {
                          "event": "employment.confirmed",
                          "by": ["hrss.checker"],
                          "do": ["recordIneligibleWork"],
                          "to": ["/rejected"]
                        },
                        {
                          "event": "employment.denied",
                          "by": ["hrss.checker"],
                          "do": ["recordDenial"],
                          "to": ["/rejected"]
                        }
                      ]
                    },
                    {"id": "confirmed", "final": true}
                  ]
                },
                {
                  "id": "registry",
                  "initial": ["pending"],
                  "states": [
                    {
                      "id": "pending",
                      "tasks": [{"id": "checkRegistry", "role": "rr.checker", "due": "5wd"}],
                      "transitions": [
                        {
                          "event": "registry.answered",
                          "by": ["rr.checker"],
                          "if": "isRegisteredOnDeparture",
                          "do": ["recordRegistry"],
                          "to": ["confirmed"]
                        },
                        {
                          "event": "registry.answered",
                          "by": ["rr.checker"],
                          "do": ["recordRegistry", "recordNotRegistered"],
                          "to": ["/rejected"]
                        }
                      ]
                    },
                    {"id": "confirmed", "final": true}
                  ]
                }
              ],
              "transitions": [
                {
                  "event": "done",
                  "if": "fundsAvailable",
                  "do": ["computeAmount", "reserveFunds"],
                  "to": ["approval"]
                },
                {"event": "done", "do": ["computeAmount", "queueForFunds"], "to": ["awaitFunds"]}
              ]
            },
            {
              "id": "awaitFunds",
              "transitions": [{"event": "fund.granted", "do": ["reserveFunds"], "to": ["approval"]}]
            },
            {
              "id": "approval",
              "tasks": [{"id": "approve", "role": "hrss.approver", "due": "5wd"}],
              "transitions": [
                {
                  "event": "approval.granted",
                  "by": ["hrss.approver"],
                  "distinctFrom": ["case.open", "employment.confirmed"],
                  "do": ["commitFunds"],
                  "to": ["payment"]
                },
                {
                  "event": "approval.denied",
                  "by": ["hrss.approver"],
                  "distinctFrom": ["case.open", "employment.confirmed"],
                  "do": ["recordDenial", "releaseFunds"],
                  "to": ["/rejected"]
                }
              ]
            },
            {
              "id": "payment",
              "initial": ["toOrder"],
              "states": [
                {
                  "id": "toOrder",
                  "tasks": [{"id": "orderPayment", "role": "finance.payer", "due": "10wd"}],
                  "transitions": [
                    {
                      "event": "payment.ordered",
                      "by": ["finance.payer"],
                      "do": ["payFunds"],
                      "to": ["ordered"]
                    }
                  ]
                },
                {
                  "id": "ordered",
                  "tasks": [{"id": "confirmPayment", "role": "finance.cashier", "due": "10wd"}],
                  "transitions": [
                    {
                      "event": "payment.settled",
                      "by": ["finance.cashier"],
                      "distinctFrom": ["payment.ordered"],
                      "do": ["settleFunds"],
                      "to": ["/paid"]
                    },
                    {
                      "event": "payment.returned",
                      "by": ["finance.cashier"],
                      "do": ["bounceFunds"],
                      "to": ["returned"]
                    }
                  ]
                },
                {
                  "id": "returned",
                  "tasks": [{"id": "correctAccount", "role": "agent", "due": "10wd"}],
                  "transitions": [
                    {
                      "event": "account.corrected",
                      "by": ["agent"],
                      "do": ["replaceAccount", "payFunds"],
                      "to": ["ordered"]
                    },
                    {"after": "90d", "do": ["releaseFunds"], "to": ["/unpaid"]}
                  ]
                }
              ]
            }
          ]
        },
        {
          "id": "unpaid",
          "settled": true,
          "transitions": [
            {
              "event": "account.corrected",
              "by": ["agent"],
              "if": "fundsAvailable",
              "do": ["replaceAccount", "reserveFunds", "commitFunds"],
              "to": ["open/payment"]
            },
            {
              "event": "account.corrected",
              "by": ["agent"],
              "do": ["replaceAccount", "queueForFunds"],
              "to": ["open/awaitFunds"]
            }
          ]
        },
        {"id": "paid", "final": true},
        {"id": "rejected", "final": true},
        {"id": "withdrawn", "final": true}
      ],
      "format": 1
    }
    """#
