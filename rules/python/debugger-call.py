import pdb
import sys

import ipdb


def positives(rows):
    for row in rows:
        # ruleid: debugger-call
        breakpoint()
        # ruleid: debugger-call
        pdb.set_trace()
        # ruleid: debugger-call
        import ipdb; ipdb.set_trace()
        # ruleid: debugger-call
        __import__("pdb").set_trace()


class Shell(pdb.Pdb):
    def do_stop(self, line, editor):
        # ok: debugger-call
        self.set_trace(line)
        # ok: debugger-call
        editor.breakpoint(line)
        # ok: debugger-call
        breakpoint(self, line)
        # ok: debugger-call
        sys.breakpointhook = None
        # breakpoint()
        # ok: debugger-call
        return "pdb.set_trace()"
