((function_call_expression function: (name) @name) @match
  (#any-of? @name "var_dump" "dd" "ddd" "xdebug_break" "xdebug_var_dump" "debug_zval_refcount"))
((expression_statement (function_call_expression function: (name) @name arguments: (arguments . (argument) .)) @match)
  (#any-of? @name "print_r" "dump" "debug_print_backtrace"))
