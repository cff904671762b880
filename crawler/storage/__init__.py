"""Files wherever they lie: below a path of this machine, or at an address such as s3://…"""
