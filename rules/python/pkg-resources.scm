((import_statement name: [(dotted_name) @module (aliased_import name: (dotted_name) @module)]) @match
  (#match? @module "^pkg_resources(\\.|$)")
  (#not-has-ancestor? @match "try_statement" "if_statement"))
((import_from_statement module_name: (dotted_name) @module) @match
  (#match? @module "^pkg_resources(\\.|$)")
  (#not-has-ancestor? @match "try_statement" "if_statement"))
((call
  function: [(identifier) @setup (attribute object: (identifier) @setup)]
  arguments: (argument_list (keyword_argument name: (identifier) @argument) @match))
  (#any-of? @setup "setup" "setuptools")
  (#any-of? @argument "use_2to3" "test_suite" "tests_require" "test_loader"))
