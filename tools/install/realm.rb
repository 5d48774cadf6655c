# frozen_string_literal: true

require "securerandom"
require_relative "../kafka/cluster"

# A Kerberos server for one realm.
class Realm
  NAME = "KARAFKA.TEST"

  def initialize(directory)
    @directory = directory
    @port = KafkaCluster::Ports.free(1).first
    ENV["KRB5_CONFIG"] = write("krb5.conf", client)
    ENV["KRB5_KDC_PROFILE"] = write("kdc.conf", server)
    ENV["KRB5CCNAME"] = "FILE:#{path("tickets")}"
    run("kdb5_util", "create", "-s", "-r", NAME, "-P", SecureRandom.hex)
    @pid = Process.spawn("krb5kdc", "-n", %i[out err] => path("kdc.log"))
  end

  # @return [String] a file with the key of a new principal
  def keytab(principal)
    path("#{principal.tr("/", "-")}.keytab").tap do |file|
      run("kadmin.local", "-r", NAME, "addprinc", "-randkey", principal)
      run("kadmin.local", "-r", NAME, "ktadd", "-k", file, principal)
    end
  end

  def stop
    Process.kill(:TERM, @pid)
    Process.wait(@pid)
  end

  private

  def path(name) = File.join(@directory, name)
  def write(name, text) = path(name).tap { |file| File.write(file, text) }
  def run(*command) = system(*command, out: File::NULL) || raise("#{command.join(" ")} failed")

  def client
    <<~TEXT
      [libdefaults]
        default_realm = #{NAME}
        dns_lookup_kdc = false
        dns_canonicalize_hostname = false
        rdns = false
      [realms]
        #{NAME} = {
          kdc = 127.0.0.1:#{@port}
        }
    TEXT
  end

  def server
    <<~TEXT
      [realms]
        #{NAME} = {
          database_name = #{path("principal")}
          key_stash_file = #{path("stash")}
          kdc_listen = 127.0.0.1:#{@port}
          kdc_tcp_listen = 127.0.0.1:#{@port}
        }
    TEXT
  end
end
