((call receiver: (constant) @class method: (identifier) @name) @match
  (#any-of? @class "File" "Dir" "FileTest")
  (#eq? @name "exists?"))
((call receiver: (constant) @class method: (identifier) @name) @match
  (#eq? @class "URI")
  (#any-of? @name "escape" "unescape" "encode" "decode"))
((constant) @match
  (#any-of? @match "Fixnum" "Bignum")
  (#not-has-parent? @match "class" "module" "scope_resolution" "assignment"))
((call !receiver method: (identifier) @name arguments: (argument_list . [(simple_symbol) (pair)])) @match
  (#any-of? @name "before_filter" "after_filter" "around_filter" "skip_before_filter" "skip_after_filter" "prepend_before_filter" "append_before_filter" "attr_accessible" "attr_protected"))
((call receiver: (_) method: (identifier) @name arguments: (argument_list)) @match
  (#any-of? @name "update_attributes" "update_attributes!"))
((call !receiver method: (identifier) @name arguments: (argument_list . (simple_symbol) @where)) @match
  (#eq? @name "redirect_to")
  (#eq? @where ":back"))
((call !receiver method: (identifier) @name arguments: (argument_list . (pair key: (hash_key_symbol) @key))) @match
  (#eq? @name "render")
  (#any-of? @key "text" "nothing"))
((call receiver: (constant) method: (identifier) @name arguments: (argument_list . (simple_symbol) @which)) @match
  (#eq? @name "find")
  (#any-of? @which ":all" ":first" ":last"))
