((call function: (attribute
  object: (attribute object: (identifier) @module attribute: (identifier) @path)
  attribute: (identifier) @method)) @match
  (#match? @module "^_*sys$")
  (#eq? @path "path")
  (#any-of? @method "insert" "append" "extend" "appendleft"))
([
  (assignment left: (attribute object: (identifier) @module attribute: (identifier) @path))
  (assignment left: (subscript value: (attribute object: (identifier) @module attribute: (identifier) @path)))
  (augmented_assignment left: (attribute object: (identifier) @module attribute: (identifier) @path))
  ] @match
  (#match? @module "^_*sys$")
  (#eq? @path "path")
  (#not-match? @match "=\\s*\\[\\s*\\w+ for \\w+ in|=\\s*(list\\()?(self\\.|cls\\.)?_?(old|orig|saved?|prev|backup|before|sys_?path|path_|syspath)\\w*"))
((call function: (attribute object: (identifier) @site attribute: (identifier) @name)) @match
  (#eq? @site "sys_path")
  (#any-of? @name "insert" "append"))
