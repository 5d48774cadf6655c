# frozen_string_literal: true

# RubyGems runs this file, then `make` and `make install`. All work is done by ext/extension.rb; what was only needed
# for compiling is not left in the installed gem.
require "rbconfig"

extension = File.expand_path("../extension.rb", __dir__)
require extension

File.write("Makefile", <<~MAKEFILE)
  all:
  \t"#{RbConfig.ruby}" -r"#{extension}" -e "Extension.compile"

  install:
  \tmkdir -p "$(DESTDIR)$(sitearchdir)/karafka_native"
  \tcp "#{Extension::TARGET}" "$(DESTDIR)$(sitearchdir)/karafka_native/"
  \trm -rf "#{Extension::ROOT}/target" "#{Extension::ROOT}/tmp"

  clean:

  .PHONY: all install clean
MAKEFILE
