#include "repo/format_samples_testing.h"

#include "codec/base64.h"

namespace salvor::repo {
namespace {

Bytes decoded(std::string_view base64) {
  Bytes bytes;
  append(bytes, as_bytes(codec::decode_base64(base64).value()));
  return bytes;
}

// As kopia writes it, byte for byte.
std::string kopia_repository(std::string_view key_algorithm, std::string_view encrypted) {
  return "{\n"
         "  \"tool\": \"https://github.com/kopia/kopia\",\n"
         "  \"buildVersion\": \"v0-unofficial\",\n"
         "  \"buildInfo\": \"-(unknown_revision)\",\n"
         "  \"uniqueID\": \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\",\n"
         "  \"keyAlgo\": \"" +
         std::string(key_algorithm) +
         "\",\n"
         "  \"encryption\": \"AES256_GCM\",\n"
         "  \"encryptedBlockFormat\": \"" +
         std::string(encrypted) + "\"\n}\n";
}

}  // namespace

// repo.Initialize without options: version 3.
FormatSample usual_sample() {
  return {
      "correct horse battery staple",
      kopia_repository("scrypt-65536-8-1",
                       "mTE2NsND1F9vGvu8pkzkmIi0fjVoAxwMfjbm0+Ch1+fYLzoJTrMN/pJcb9zXJBwy6f5gmbsxbXSMTAqGkxLKbgv4NEDJ"
                       "Q7XbKUY4ASQlKNXFo3Uukba6oueMAO5t/CFoYjDAHzpFBo7ir1omzQwdLvNdE4wzPBoZ4KibmI1Sm3xhV80KFNNmeIqN"
                       "Gt6Ivqjunr/kK/c0Uh6D1AbT47dM3hRm93/EOjvtAifUnn1icFt9juah4Z+kwCpi9Sqn/j/ekNSYSGggxmtzcbxvUSug"
                       "Io78yoTIGlHWlEbXgxrBBC+IOJflYdkMZPU5Ah7Fq2+iQryiFf8kXVo618XNvffYOZp3m0CyrNXDgRniIaNm3Pj0Eny/"
                       "nPtkrutizI8GU5y8BbIu7cFDNuc+UWqLXGlLW7RtqGBeDGu2mbKCkPplQ/vhLqmGFaPU87u8evy4z9IESNUx/1yvio6y"
                       "CFxogwwa/7+i43NZsENxdlarYuDgHxqCQNgKXoN0xwIC6He4wz72zYZxVK4iAzWuvUrfAw+quGRpUHHz4X2cboRgil24"
                       "ossiu8bpf9I9Y0uLQ4a+QocaXnG1WyfRnkT3W1qZy27k67Cr3WwZpeHzLFcbX/mv4zqBUBK4PsqJ1E7hipLthLKHKiSO"
                       "RVQPrPcOCjR90Fn4ICXmphTK+6GywJiD62J77s+0F1e/L+V5Uhkbx3XkqI3NWi0+2ZAfM2wuP0d9/+drPBkFXv2y4/q6"
                       "lyRnEylMpNy9XpJhS2TkeyJVKySfmx50ePQ7tTXEX1fpIVo4FAJaIrO9yVRy7QUyxHqqcJbVYw=="),
      decoded("5fDm7NtZNuA+ve4ONcPYdAtkZac8Zrqzyiky73jx")};
}

// Version 2, BLAKE3-256-128, CHACHA20-POLY1305-HMAC-SHA256, FIXED-4M; GOVERNANCE for 72 hours.
FormatSample retention_sample() {
  return {
      "static-passw0rd",
      kopia_repository("pbkdf2-sha256-600000",
                       "2BHW+aJs2dY7F8XFJ6fKHu6RAX0GclQp/iNhTcG3AOJpRPu1WQ+EVxPzx3zNMKE+OgWS/5YKex1Dt+HGRFOTF79t2yiC"
                       "iYWpBcQuNtF7Xa1HON9tKMHaTj4umAMy5OdpFAJQPPfW4polCyJHQ4ZbCQY2HQipQHIUWVxYZGhKIgX3jQe/C2ff/Iey"
                       "4+hOsmqoekjOoBkI3FQMKdKqygkmNULwS2tUmIbQiete5gENg/hSFoozVtfGmIp72D9qJ5wDhPIs+v6AqHc1f0iu4fhW"
                       "hj1dNACe1ZbOSmTdzaIlPUFehl3pf7iIgLaFi2Lg5rvS8b/UfU5qvSKbX+ebcAEnai665I2Dmr6a42Tl5y+TnwXKafAJ"
                       "SGpNjGMkLXdDE2K6H+pIVEkDo5bIHdKP+o0tIkc+gDkoWR6NPnp4+e/pIiU4jC8WO1BldO8c2w6XIMAhzacZLP09IDd4"
                       "fBa45xPFy2kqyZDVdNi6eaPZJXCYCWi9ghyNu81/HbeICA7upkNgn6Tjrjzr7m/1DZcn6tFdOj37WuK8BYFwXc9Q4eYq"
                       "GGkDn6kw3L1SHkgnm5465KIqap6YzOGI3gY1uHfgEYyFMtxhLqCkWE64zJfSlslq7+bKdXixElu+Qp63OBEvOSydQBnG"
                       "VQccPguZJdiAJtgpAP7pGlpOtUnoSTb0Zoxq9K0wQSWw2i2S/XbRZHE/NQY6yGIuNGu+IpVv0XxpsHui04vkzccB/GmM"
                       "JNodo1jj/bYLcZuqQaYPJQDqdQQAKCkEXVfeeeNzb4kqEHSOSG/eSpqe9RQ8wRs2mB+t"),
      decoded("gRhHyeq/9ZOm7zwmatRWv3xt95L3HzkyicCzvTC9Z9HAyiD7tcemGLQqjf0SrIY3rokuKStei6FZcpUDK6PLuJKTm1uBNic8zNvt"
              "+6N+Jn07gchCJs5um7g+nS4=")};
}

// Version 1, HMAC-SHA256.
FormatSample oldest_sample() {
  return {
      "pässwörd €",
      kopia_repository("scrypt-65536-8-1",
                       "oPrWtU0IIYdwKN+g4hoVNxys06bYUDA+Tf0ZyMkN9MRMOX9VHACXF5Tsf8Ijhn8Q12n/wn3waZ1JIdmbhZnKPpjgEZPy"
                       "5YbbQFz5we552rFhQNocrXewpqyPBDJDiBRG1+ZOfn0RoRYzsATf1m3ICr7IozBPZAjlky8SZ1Pr7OziP0msegCbMIRV"
                       "uycVVsxWCq+fmudJruSJyczqNd87lFDBPLwSVk7r8zAv+zo93mQ8RMbYMPn3CMfgcyWjlEmvQaQNvct31YweQDHao664"
                       "QgFjBqxAuo9at6Ru0yEkCoDgHIaGnevUJV027ZBZS1ifX7wxldf6Si9imS8p/fNUImmRNFyY99gJi49Ua03OYFEyGdOX"
                       "SonUkDZ6bNPvp+WT2ezdPHgqJIl0VeIL5eRAhMYfVWnFpBfj9bWshV1tK4e74/vEPU1D/N8d4IGZaKmAbnbMA4OPYG3u"
                       "V6bCL8jxW1FANh4IIULcfTkkiifP83HjjU2JG0AL6UhOV+Auw2MWCEF/kWh3JPVlWxOouSnIFeAbFIKqRfZk3TtmEGIF"
                       "gjaAUkeVB0jrnKzpwWdA6FUdlakLwFxm31BaGawSaykI4NDgQWxOP9P1oJYyKXxm5+kZ3eaByGtaKc1C2TU7rlk0NIdV"
                       "HNYsDyib3mTxCJTBK07R3nEISCpu68x3gx2+QTYn5JNHiF5StckfFf85+HnMoOrpCoCTtrJC0ctcZmHOCJ2kY4AXI4F0"
                       "qGIJGMrREg=="),
      decoded("+/en9uh3HBHyQ0CXGfv1TpkiroApm/L/wZ6idK1B")};
}

// A version 1 repository after format.Manager.SetUpgradeLockIntent.
FormatSample upgrade_sample() {
  return {
      "lock",
      kopia_repository("pbkdf2-sha256-600000",
                       "aLzdlufiQOtLEQZBt6cynfMdNBtxALT/ohDe0jhgXTPdZnrT5ZMY1+lBZxkvCBzGmQIuZUTMTp2FpZRzGLFTxBSri6CV"
                       "p5Gi6kLJVUv3GbMdUsIwsyHKX6pTntHTnYpxrEkQ6jHN4LCdmulZjlGzn0hb23lb+Wo3jL9nWaSGNkAv7fIrIJt4f3rG"
                       "dbljJh1SPVlw5YeTjQbGNQQFe5mCTzc0k3JrTYjpzBCFOga+DcjGGGzeeefhUt7SIdE42NS6eQ/5XVHr70Apjc1uKLY4"
                       "z06AB/sPwz1oqLWwKfl/acMQGVH9SEFKpp4IuYonslgN6jNwJOLO8N71NC36dmbWZxdHJSxW7ouQvi5nYsXmrwJ/Nk3T"
                       "iIlCnOZEnNgm1HJY3Tkt90fxN6L+HRw3e983lajTcIGAcmpXxlZ2KRTjSDkQXu1Vv88JZQHCML2DVKZnl0OuGBu6REor"
                       "UOLTVHyYbHrkdrQh31jvijO+cnOHaatP3PwcYMETG+1sfihFQSaYE59qQmE6T+ombcqJn8+3k/jlOzyhA3RtfQpZh2Ug"
                       "LBEOM2Kl9rQLwmXMMu1yRNzvFiQVgetPyufr2aVpPsw7H4WKxzfRzFICPhl1mpHHTlDURS2qwxeltsPjO42iJz82dyb/"
                       "/USUaZYoTnGxgcJ841qAG4bI+qSPd68QWOrnRwEJqaCGP0uyYHfNMtlyIBkqcOuV4dE6uSZjS+Qk1bPFNXNvP1cfQKfy"
                       "KdxtKQpgClHQrEWyan69aSXHfDZe5IOctbNCheOQvy4w2zHtgjEvqHDOSs9Cdn/HuuB6eQSvi84Y4GAnxndd4yc8r5sI"
                       "CPV+mrbATIG4n0c8Itu+ZwiNxbV2wuvU8FbGPNa5BnYgN/Oa5uHQzUTlWXd7gqWjf8E5C7PCkiKPMzDvOYy57WGX9gz/"
                       "uqkP3oIwAHhu9IizrLATS2qfMtuiTkEU1i0KON0faMpqYI3MZ5j+8qKP3QNO6+M7GbIhBQj8uiJVesCoXLprkk31XWXP"
                       "1GfOtteJsOShxDmFAj5VUyQVaNv0LTuSFVacHdzRs8IXrU6jK0wvj/TWA8j2Oxb0dciAu+rRjbmITCPqMovJ2Cz2nhfO"
                       "DpCvhC/ZyvZu2tJwdIE="),
      decoded("S5lPSUB5OSsVxk7Mw2NLRiFJb6OJgecucv4bsDAx")};
}

// Version 3 with REED-SOLOMON-CRC32, 5 percent.
FormatSample before_change_sample() {
  return {
      "before",
      kopia_repository("pbkdf2-sha256-600000",
                       "CTPtiMxiGw0qT+rq6TB4djJHFU+yR3MvOrHzFa2YAaKcqVVLDxbIOB6MLxd0/b8KdYgMPgSEyY4I+GnPn3gasJ/yqDRv"
                       "cpS13R/dtNKK8mHaM5rsFgx5hUSSTdQH1LENxSmAjuVssg76UYc0ZjcilTmV/gtB3ZoR/kkGDxjgn8aCNHeH6oQCQ3lr"
                       "vUyI2QjAnH9B7ssjngFY8BuaY6oJd0icDabc9f8u62du8fp5EA8ExsN0d058IrtJIl6PqTH3rvcqyeWIi8SC5FdJFLaK"
                       "Gpjb+/ly2dH+FAfcnlC4cJDQs9eaPhvS9SyDApH26jZr77hkrlYzbo32CgEEnr65nv8Kz3fw53LQ005d+YIlSOUJV4ff"
                       "/VnY2AWIT0UrbZAQnfgsDFQHV52nJdjmt/HN+HS8Iy5ASWdQ031BkgIcFD51O8cA/ZfTQD8KRIuj9Q5IipXfNSBYV0US"
                       "6xF36aaRVfiRak0igTsXfr5UFwDWKNJxr5aqLMpzOIA1u13gYo3UjC930l/X9AKmjzIcG25VNhZ0/8b8zv6vPg1gdr95"
                       "WRiTxGfCRqkG6KWVVMiy4Wnkz9z4VHkITCZIyu4yTUuh3/owYyZfpPntPQD54FSHTdf2c++RgXgz4i81nvtIW0TGxqAx"
                       "k2wv3hhsU5ess4ivuSZn9IJUfXipBe3vCW28k/zGNbDm74y62HADne3n66Umhep5lZX295wfQGC9D/EX8+saKerCYusp"
                       "AjQaOcohuNad8vuBA60GyWe4RYgY6tYKrzwvAlu4KAgPryBD25ReeaF79zJIVBwPDoCvVEvZYIeMFXLIUDLj82465N6W"
                       "NYvJV3FTuu2B5xTS7zwtp2P63ZkknX8wgxf2KesNpFCq9Qr/"),
      decoded("B3+iZNIBCJuE73xANxHBxY5P8/6iLJicAV12re8t")};
}

// The same after format.Manager.SetParameters, with required features, and ChangePassword.
FormatSample after_change_sample() {
  return {
      "after",
      kopia_repository("pbkdf2-sha256-600000",
                       "CM16AISCYZV7morSbbKsmUI2envh5kvOcJ/IOVud5tzqz8wiFKRPhQShmhXPSFuqCmFMN8t+ExsdyBh+YhKFGE7H4Vhh"
                       "uHoZzlzC70sbavze27Lo/c3DgzfmeG6peGBytWm5fPtvwqzIN5E/BKDvlj8ZXJzgLWNFt1uAW+UjuV8Iy/6PUBy1G6v7"
                       "z9vIjdR6rcIfE6xvqaNbU7VP99+oZV1LOAmnrkycOn7lNFXwWfPpTmPr5N2FdAYykUzeorCd/B7dFx0xU4DFF28kECLX"
                       "PUyBOPlRPhPIog1sEH0C8siZ81gIz0Nw6hPuGwgoKV3FjJ14/qqJT1Sn/MNdfU4w2T2mHypaeuGOTfDuyh6s3NxhIW3F"
                       "kX12qxH9lRd/rlpI207N93bV3hHjbefMFqJz9ptMisNZthg7Md6CjAsLG7lhV7ZFnIMS7lQKe0EUasWZ0zn747fulHaQ"
                       "FhPL7Yy1d9H1KFsiPKFLJbSwAdI+3Z/vsA0y83I65xT1AxYy976vLAjGaRMD+ghzpPXCh0GnVbJe4yWIF0YLkQ+z85Iy"
                       "wqED7QX+8qOTwt5FAK9mmp6dIZHAKAeudDr+J2a6xv3P4SRpuii2eYo2n5vJAazuMWf0ocC7VBVweBalaqHuhNMd2uQ3"
                       "b7pwRp7g/CYmbIVnzJW7VKDL0eF2tabrWOvKuQsvNlHcmcEnwN9lo660emo7KlU26ekpZUbqgHi4DimLiiKFfePgxkc/"
                       "YflghViLbvgqTiAMSzoROX6Joej4QQ3ib3ag3Ic8th3fKjH4Z4XBLsLnqOGN8GOWCcrE8DhSFvs56VZwEqZGge6op8oZ"
                       "Ux+e/aWbiB5JWVfgjRxikWBOyNqPC4Y910IzBliqwdvQlgkuZs/TRBNIeMdhbIedo+scTucLk6ZcdnqW69Yfc1B15G4a"
                       "hH0Gr4/576NpYnSGGgiiowuMrvR/dUEM2c0h4+vDTicGtfCTIIkO92kckpHSX5eOzlTvBjZwfnl5jYT/keK/UquFfd9J"
                       "FiVoMczc7wDgmkQeMTghs3SuNDJFI+dABCQMPAXcwlASWljU3gM4fxE5CaQWlbUITsOMI8pgZPRYtmCfzk8lj++xwNdl"
                       "6CD1DH33qmZNqdBhstp7Ew4cP+Xk4zi0+sVUZJJACLA="),
      decoded("NqvZZVZEwoBEibdjpxuhcYzsQBXOE6k9QjTwKYf0")};
}

RepositoryFormat keyed_format(std::int64_t version) {
  const Bytes unique_id(32, std::byte{1});
  RepositoryConfig config;
  config.hash = kDefaultHash;
  config.encryption = kDefaultEncryption;
  config.secret = os::Secret(std::string(32, 's'));
  config.master_key = os::Secret(std::string(32, 'm'));
  config.version = version;
  config.index_version = version == 1 ? 1 : 2;
  config.enable_password_change = version != 1;
  if (version != 1) config.epoch_parameters = default_epoch_parameters();
  return {.blob = {.tool = "test",
                   .build_version = {},
                   .build_info = {},
                   .unique_id = unique_id,
                   .key_algorithm = std::string(kPbkdf2KeyAlgorithm),
                   .encryption = std::string(kFormatEncryption),
                   .encrypted_config = {},
                   .unknown = {}},
          .key = FormatKey(os::Secret(std::string(32, 'k')), unique_id),
          .config = std::move(config),
          .blob_config = {}};
}

}  // namespace salvor::repo
