"""The charts of statechart-bench in two Python packages, driven by the same events: transitions and sismic.

Each line says macrosteps a second of CPU time, the best of five rounds. An event counts once, whatever it moves.
"""
import sys
import time
import warnings

EVENTS = ["a", "b", "a", "both", "b", "leave", "a", "back"]


def measure(package, name, events, send):
    best = 0.0
    for _ in range(5):
        made, start = 0, time.process_time()
        while time.process_time() - start < 0.3:
            for event in events:
                send(event)
            made += len(events)
        best = max(best, made / (time.process_time() - start))
    print(f"{package:<12}{name:<50}{best:.0f} macrosteps/s", flush=True)


def blocks(count):
    return range((count - 15) // 5)


# transitions


class Model:
    def ready(self):
        return True

    def never(self):
        return False

    def note(self):
        pass


def transitions_flat():
    from transitions import Machine

    model = Model()
    machine = Machine(model, [f"s{n}" for n in range(10)], initial="s0", auto_transitions=False)
    for n in range(10):
        machine.add_transition("next", f"s{n}", f"s{(n + 1) % 10}")
    return lambda event: model.trigger(event)


def transitions_layered(count):
    from transitions.extensions import HierarchicalMachine

    def region(name):
        return {"name": name, "children": [f"n{n}" for n in range(6)], "initial": "n0"}

    def block(n):
        return {"name": f"c{n}", "children": [f"l{leaf}" for leaf in range(4)], "initial": "l0"}

    states = [{"name": "p", "parallel": [region("a"), region("b")]}] + [block(n) for n in blocks(count)]
    model = Model()
    machine = HierarchicalMachine(model, states, initial="p", auto_transitions=False)
    for name in "ab":
        for n in range(6):
            source = f"p_{name}_n{n}"
            machine.add_transition(name, source, f"p_{name}_n{(n + 2) % 6}", conditions="never")
            machine.add_transition(name, source, f"p_{name}_n{(n + 1) % 6}", conditions="ready", before="note")
            machine.add_transition("both", source, f"p_{name}_n{(n + 1) % 6}", conditions="ready", before="note")
    machine.add_transition("leave", "p", "c0", conditions="ready", unless="never")
    for n in blocks(count):
        for leaf in range(4):
            machine.add_transition("a", f"c{n}_l{leaf}", f"c{n}_l{(leaf + 1) % 4}", conditions="ready")
        machine.add_transition("back", f"c{n}", "p", before="note")
    return lambda event: model.trigger(event)


# sismic


def sismic_send(description):
    from sismic.interpreter import Interpreter
    from sismic.io.datadict import import_from_dict

    interpreter = Interpreter(import_from_dict({"statechart": description}))
    interpreter.execute()

    def send(event):
        interpreter.queue(event)
        if interpreter.execute_once() is None:
            raise SystemExit("the chart stands still")

    return send


def sismic_flat():
    states = [
        {"name": f"s{n}", "transitions": [{"event": "next", "target": f"s{(n + 1) % 10}"}]} for n in range(10)
    ]
    return sismic_send({"name": "flat", "root state": {"name": "root", "initial": "s0", "states": states}})


def sismic_layered(count):
    def leaf(region, n):
        following = f"{region}{(n + 1) % 6}"
        return {
            "name": f"{region}{n}",
            "transitions": [
                {"event": region, "guard": "never", "target": f"{region}{(n + 2) % 6}"},
                {"event": region, "guard": "ready and not never", "target": following, "action": "noted = True"},
                {"event": "both", "guard": "never or ready", "target": following, "action": "noted = True"},
            ],
        }

    def region(name):
        return {"name": name, "initial": f"{name}0", "states": [leaf(name, n) for n in range(6)]}

    def block(n):
        leaves = [
            {
                "name": f"c{n}l{i}",
                "transitions": [{"event": "a", "guard": "ready", "target": f"c{n}l{(i + 1) % 4}"}],
            }
            for i in range(4)
        ]
        back = {"event": "back", "target": "p", "action": "noted = True"}
        return {"name": f"c{n}", "initial": f"c{n}l0", "states": leaves, "transitions": [back]}

    parallel = {
        "name": "p",
        "parallel states": [region("a"), region("b")],
        "on entry": "noted = True",
        "transitions": [{"event": "leave", "guard": "ready and not never", "target": "c0"}],
    }
    root = {"name": "root", "initial": "p", "states": [parallel] + [block(n) for n in blocks(count)]}
    return sismic_send(
        {"name": "layered", "preamble": "ready = True\nnever = False\nnoted = False", "root state": root}
    )


def main():
    warnings.simplefilter("ignore")
    print(f"Python {sys.version.split()[0]}")
    layered = "3 levels, parallel, guards, 40 states"
    measure("transitions", "flat, 10 states", ["next"], transitions_flat())
    measure("transitions", layered, EVENTS, transitions_layered(40))
    measure("sismic", "flat, 10 states", ["next"], sismic_flat())
    measure("sismic", layered, EVENTS, sismic_layered(40))


main()
