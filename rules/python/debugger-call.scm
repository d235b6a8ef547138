((call function: (identifier) @name arguments: (argument_list) @arguments) @match
  (#eq? @name "breakpoint")
  (#only? @arguments))
((call function: (attribute object: (identifier) @module attribute: (identifier) @name)) @match
  (#any-of? @module "pdb" "ipdb" "pudb" "wdb" "rpdb" "remote_pdb" "pydevd" "pdbpp" "celery_pdb")
  (#any-of? @name "set_trace" "settrace"))
((call function: (attribute object: (identifier) @module attribute: (identifier) @name)) @match
  (#eq? @module "debugpy")
  (#any-of? @name "wait_for_client" "breakpoint"))
((call function: (attribute object: (call function: (identifier) @import) attribute: (identifier) @name)) @match
  (#eq? @import "__import__")
  (#any-of? @name "set_trace"))
((call function: (identifier) @name arguments: (argument_list) @arguments) @match
  (#eq? @name "set_trace")
  (#only? @arguments))
((call function: (attribute object: (identifier) @module attribute: (identifier) @name)) @match
  (#eq? @module "IPython")
  (#eq? @name "embed"))
