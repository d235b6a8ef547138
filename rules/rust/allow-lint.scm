([
  (attribute_item (attribute (identifier) @name arguments: (token_tree) @lints))
  (inner_attribute_item (attribute (identifier) @name arguments: (token_tree) @lints))
  ] @match
  (#eq? @name "allow")
  (#not-match? @lints "\\breason\\s*=")
  (#not-match? @lints "^\\(\\s*((non_snake_case|non_camel_case_types|non_upper_case_globals|improper_ctypes|improper_ctypes_definitions)\\s*,?\\s*)+\\)$"))
