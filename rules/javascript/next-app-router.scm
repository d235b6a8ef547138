((program
  . (comment)*
  . (expression_statement (string (string_fragment) @directive))
  (import_statement source: (string (string_fragment) @module)) @match)
  (#any-of? @directive "use client" "use server")
  (#any-of? @module "next/router" "next/head" "next/document" "next/app"))
((program
  . (comment)*
  . (expression_statement (string (string_fragment) @directive))
  (export_statement declaration: [
    (function_declaration name: (identifier) @name)
    (lexical_declaration (variable_declarator name: (identifier) @name))]) @match)
  (#any-of? @directive "use client" "use server")
  (#any-of? @name "getServerSideProps" "getStaticProps" "getStaticPaths" "getInitialProps"))
((import_statement source: (string (string_fragment) @module)) @match
  (#any-of? @module "next/legacy/image" "next/future/image" "next/amp" "next/config"))
